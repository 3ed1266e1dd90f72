"""What the gateway tells us by itself.

`views` is the door, `reduction` cuts an event down (pure), `intake` keeps what is ours, `work` does what follows from
it, `registration` has the gateway call the door. Events are hints: they come late, twice and out of order, so no state
is taken from one, and a message only ever moves on.
"""
