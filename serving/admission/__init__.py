"""Whether a log may be learnt from: what is missing, cut off, or tells the outcome; imports and training ask alike."""
