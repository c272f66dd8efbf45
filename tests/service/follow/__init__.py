"""The follow-up: noting, marks, the next look, the calendar file."""
