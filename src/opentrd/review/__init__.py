"""The specialist's review: what to look at, what could come next, and with which care."""
