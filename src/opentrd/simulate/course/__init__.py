"""The truth, week by week."""
