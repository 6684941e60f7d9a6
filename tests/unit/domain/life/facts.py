"""The current facts of a document: of each identity the highest number, whatever the order."""

from fractions import Fraction


class Held(Exception):
    """A reason code: nothing is due until a fact arrives."""


def latest(records, names, number="sequence", default=0):
    """{identity: record of the highest number}."""
    found = {}
    for record in records:
        key = tuple(record[name] for name in names)
        if key not in found or found[key].get(number, default) < record.get(number, default):
            found[key] = record
    return found


def is_tendered(event):
    """Whether what is instructed goes, as far as it is accepted."""
    offered = event["event_type"] in ("EXOF", "CONV", "BPUT") and event["mandatory_voluntary"] == "VOLU"
    return offered or event["event_type"] in ("TEND", "BIDS")


class Facts:
    """What a calculate document says now."""

    def __init__(self, document):
        part = {name: document.get(name, []) for name in
                ("accounts", "positions", "trades", "corporate_actions", "elections", "election_releases", "drawings", "lots")}  # fmt: skip
        self.accounts = {key[0]: each for key, each in latest(part["accounts"], ["safekeeping_account"]).items()}
        names = ["safekeeping_account", "isin", "safekeeping_place", "as_of_date"]
        self.positions = latest(part["positions"], names)
        self.trades = list(latest(part["trades"], ["trade_id"]).values())
        self.trades = [each for each in self.trades if each.get("function") != "CANC"]
        self.transfers = list(latest(document.get("transfers", []), ["transfer_id"]).values())
        self.transfers = [each for each in self.transfers if each.get("function") != "CANC"]
        self.versions = part["corporate_actions"]
        self.events = {
            key[0]: each for key, each in latest(self.versions, ["corporate_action_event_id"], "version", 1).items()
        }
        self.contents = {}
        for each in sorted(part["elections"], key=lambda each: -each.get("sequence", 0)):
            self.contents.setdefault(each["election_id"], []).append(each)
        self.releases = part["election_releases"]
        self.drawings = latest(part["drawings"], ["corporate_action_event_id", "safekeeping_account", "option_number"])
        self.opening = part["lots"]
        self.exchange_rates = latest(document.get("exchange_rates", []), ["base", "quote", "date"])
        self.rates = document["rules"]["withholding_rates"]["rates"]

    def standing(self):
        """Events that are neither cancelled nor withdrawn, by id."""
        return [each for _, each in sorted(self.events.items()) if stands(each)]

    def holdings(self, isin, on):
        """{account: units}: each place's greatest day up to `on`."""
        places = {}
        for (account, what, place, day), record in sorted(self.positions.items()):
            if what == isin and day <= on:
                places[account, place] = Fraction(record["settled_quantity"])  # the greatest day comes last
        totals = {}
        for (account, _), units in places.items():
            totals[account] = totals.get(account, Fraction(0)) + units
        return totals

    def own(self, event, option, account, held, units):
        """The option as it is for one account: what was drawn of it, or without proration if its odd lot is tendered whole."""
        odd = option.get("odd_lot_quantity")
        if is_tendered(event) and odd and 0 < held == units <= Fraction(odd):
            return {
                name: value
                for name, value in option.items()
                if name not in ("proration_rate", "minimum_exercisable_multiple")
            }
        if event["event_type"] not in ("DRAW", "PCAL"):
            return option
        listed = option.get("drawn_quantities")
        drawn = option.get("drawn_quantity")
        if listed:
            drawn = next((each["quantity"] for each in listed if each["safekeeping_account"] == account), "0")
        record = self.drawings.get((event["corporate_action_event_id"], account, option["option_number"]))
        drawn = record["quantity"] if record else drawn
        return option if drawn is None else option | {"drawn_quantity": drawn}

    def taken(self, event, account, units):
        """{option number: units} that the account takes of an event: of a short, whose lender elects, the default. Raises Held."""
        options = event["options"]
        if units < 0 and self.elections_of(event, account):
            raise Held("election_of_a_short")
        if event["mandatory_voluntary"] == "MAND" and len(options) == 1:
            return {options[0]["option_number"]: units}
        numbers = [each["option_number"] for each in options]
        taken, used = {}, Fraction(0)
        for election in self.elections_of(event, account):
            number, asked = election["option_number"], Fraction(election["quantity"])
            if number not in numbers:
                raise Held("unknown_option")
            taken[number] = taken.get(number, Fraction(0)) + asked
            if options[numbers.index(number)]["option_type"] not in ("OVER", "BUYA"):
                used += asked
        if used > max(units, 0):
            raise Held("over_instruction")
        if used != units and event["mandatory_voluntary"] != "VOLU":
            default = next(each["option_number"] for each in options if each.get("is_default_option"))
            taken[default] = taken.get(default, Fraction(0)) + units - used
        return taken

    def elections_of(self, event, account):
        """Of each the highest content that counts: in time, and released by a second identity where one entered it."""
        counting = [[each for each in contents if not self.refusal(event, each)] for contents in self.contents.values()]
        named = [event["corporate_action_event_id"], account]
        return [each[0] for each in counting
                if each and [each[0]["corporate_action_event_id"], each[0]["safekeeping_account"]] == named]  # fmt: skip

    def refused(self, event):
        """{election: why its latest content does not count}."""
        latest = [contents[0] for contents in self.contents.values()]
        return {
            each["election_id"]: self.refusal(event, each)
            for each in latest
            if each["corporate_action_event_id"] == event["corporate_action_event_id"] and self.refusal(event, each)
        }

    def of_nothing(self, event):
        """Elections that count, of accounts that held nothing; not those whose later content is refused."""
        held, refused = self.holdings(event["isin"], due_on(event)), self.refused(event)
        accounts = {each["safekeeping_account"] for contents in self.contents.values() for each in contents}
        return [each["election_id"] for account in accounts if not held.get(account)
                for each in self.elections_of(event, account) if Fraction(each["quantity"]) and each["election_id"] not in refused]  # fmt: skip

    def refusal(self, event, election):
        """Why one content of an election does not count, or None."""
        own = election["corporate_action_event_id"] == event["corporate_action_event_id"]
        deadline = event.get("response_deadline", "9999") if own else "9999"
        if election.get("received_at", "") > deadline:
            return "after_deadline"
        contents, number = self.contents[election["election_id"]], election.get("sequence", 0)
        if not any(each.get("entered_by") for each in contents if each.get("sequence", 0) <= number):
            return None
        others = [each for each in self.releases if each["election_id"] == election["election_id"]
                  and each["released_by"] != election.get("entered_by") and self._content(each, contents) == number]  # fmt: skip
        others = [each for each in others if not any(
            each["released_by"] == other["released_by"] and each["sequence"] < other["sequence"] for other in others)]  # fmt: skip
        if not others:
            return "not_released"
        return None if any(each.get("received_at", "") <= deadline for each in others) else "after_deadline"

    def _content(self, release, contents):
        """The number of the content that is released."""
        if "election_sequence" in release:
            return release["election_sequence"]
        at, found = release.get("received_at"), [-1]
        for each in contents:
            known = each.get("received_at")
            if (known and at and known <= at) or (each is contents[-1] and not (known and at)):
                found.append(each.get("sequence", 0))
        return max(found)


def stands(event):
    """False for a CANC and a WITH."""
    return event["function"] not in ("CANC", "WITH")


def due_on(event):
    """The record date, else the effective date."""
    return event.get("record_date") or event.get("effective_date")
