locals {
  # Keys and indexes of the three tables; every key attribute is a string. `expiry`: the number of seconds since 1970 after which an item goes.
  tables = {
    positions = {
      hash_key  = "safekeeping_account"
      range_key = "position_key"
      expiry    = null
      indexes   = {}
    }
    entitlements = {
      hash_key  = "safekeeping_account"
      range_key = "entitlement_key"
      expiry    = null
      indexes = {
        by_corporate_action = { hash_key = "corporate_action_event_id", range_key = "safekeeping_account" }
      }
    }
    queue_state = {
      hash_key  = "id"
      range_key = null
      expiry    = "expires_at"
      indexes = {
        by_account = { hash_key = "safekeeping_account", range_key = "id" }
      }
    }
  }
  key_attributes = {
    for name, table in local.tables : name => toset(compact(flatten([
      table.hash_key, table.range_key, [for index in table.indexes : [index.hash_key, index.range_key]],
    ])))
  }
}

resource "aws_dynamodb_table" "this" {
  for_each = local.tables

  name                        = "${var.name_prefix}-${replace(each.key, "_", "-")}"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = each.value.hash_key
  range_key                   = each.value.range_key
  stream_enabled              = true
  stream_view_type            = "NEW_AND_OLD_IMAGES"
  deletion_protection_enabled = var.deletion_protection

  dynamic "attribute" {
    for_each = local.key_attributes[each.key]
    content {
      name = attribute.value
      type = "S"
    }
  }

  dynamic "global_secondary_index" {
    for_each = each.value.indexes
    content {
      name            = global_secondary_index.key
      hash_key        = global_secondary_index.value.hash_key
      range_key       = global_secondary_index.value.range_key
      projection_type = "ALL"
    }
  }

  dynamic "ttl" {
    for_each = each.value.expiry == null ? [] : [each.value.expiry]
    content {
      attribute_name = ttl.value
      enabled        = true
    }
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.kms_key_arn
  }
}
