"""Language models behind the port of `gateways.chat`, one file per protocol."""
