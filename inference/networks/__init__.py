"""What a network is, and the client of a served one."""
