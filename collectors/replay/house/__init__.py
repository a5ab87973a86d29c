"""The House Clerk's site: index ZIPs and PDF filings, all drawn from the truth in `volumes`."""
