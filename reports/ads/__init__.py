"""How the ad platforms are read: one protocol (`readings.AdsReader`), an adapter for each, and their pure rules."""
