"""Judging: from the lines of a record to trials, verdicts and scores, one stage a file."""
