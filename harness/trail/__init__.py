"""Who and what came where: the way of one record through the system, and what people decided about records, elections and rules."""
