deletion_protection            = true # database, tables, buckets, images and key stay
require_secure_transport       = true # nothing over plain http
secret_recovery_window_in_days = 30   # a deleted secret can be restored
