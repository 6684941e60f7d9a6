# A state from before absent_services keeps what it has.
moved {
  from = module.api
  to   = module.api[0]
}

moved {
  from = module.database
  to   = module.database[0]
}

moved {
  from = module.delivery
  to   = module.delivery[0]
}

moved {
  from = module.engine
  to   = module.engine[0]
}

moved {
  from = module.network
  to   = module.network[0]
}

moved {
  from = module.rules
  to   = module.rules[0]
}
