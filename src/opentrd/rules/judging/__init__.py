"""One file for each question that a judgement asks of a trial: dose and duration, intake, failure."""
