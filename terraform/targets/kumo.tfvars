deletion_protection            = false # an emulator's data may go
require_secure_transport       = false # it is spoken to over http
secret_recovery_window_in_days = 0     # destroy and apply again must work
