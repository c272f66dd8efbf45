"""Speed, as ratios within one run; never as a time in a test."""
