"""Where the rules run: a pool of processes on this machine, or Spark. Neither knows a rule."""
