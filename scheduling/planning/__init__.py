"""When a schedule runs, and what becomes of each instant. Pure: time comes in as arguments.

Read in this order: `rules` (what people say), `plan` (a rule in a zone: its instants), `decide`
(which of them run). Below them: `cron` and `days` (days and times that an expression names),
`readings` (naive wall-clock readings), `spans` (a zone's stretches of constant offset) and
`clock_timeline` / `elapsed_timeline` (readings turned into instants).

Beside them: `markets` (trading hours, to which `windowed_timeline` keeps a rule) and `calendars`
(times at which nothing runs: `spells`, which `open_timeline` passes over and `left_out` names).
"""
