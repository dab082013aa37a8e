"""Handing the reports over: mail by SMTP or Amazon SES, files into S3, and the ledger of what was delivered."""
