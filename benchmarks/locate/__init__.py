"""Where: our scan beside Adtributor, on made cubes with planted causes."""
