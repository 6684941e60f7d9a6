# Addresses, ports, image and endpoint_environment come beside this from the running instance: they differ at every start.
deletion_protection            = false # an emulator's data may go
require_source_account         = false # its STS sets no aws:SourceAccount
require_secure_transport       = false # a deny of http would block every role
secret_recovery_window_in_days = 0     # destroy and apply again must work
