"""The forms in which a simulated record is written."""
