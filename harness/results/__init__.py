"""What was found, as files: the result document of a run and the record of a deployment. Written by few rooms, read by many."""
