"""The report of a training: figures of rows that chose nothing, one page, cards."""
