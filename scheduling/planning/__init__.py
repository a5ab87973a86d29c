"""When a schedule runs, and what becomes of each instant. Pure: time comes in as arguments.

Read in this order: `rules` (what people say), `plan` (a rule in a zone: its instants), `decide`
(which of them run). Below them: `cron` and `days` (days and times that an expression names),
`readings` (naive wall-clock readings), `spans` (a zone's stretches of constant offset) and
`clock_timeline` / `elapsed_timeline` (readings turned into instants).
"""
