"""What finds values, intervals, postal areas and rules without asking each."""
