"""A life: facts that arrive one by one, in no order of their dates, corrected, cancelled, late and repeated."""

from collections import Counter
from fractions import Fraction
from random import Random

from tests.unit.domain.life.announcing import Announcer
from tests.unit.domain.life.calendars import CALENDARS
from tests.unit.domain.life.facts import Facts, due_on
from tests.unit.domain.life.lots import folded
from tests.unit.domain.life.rating import Rates
from tests.unit.domain.life.renaming import Renaming
from tests.unit.domain.life.touching import touched
from tests.unit.domain.life.transferring import Transfers
from tests.unit.domain.life.world import RATES, TRADED, UK_RIGHTS, UK_SHARE, US_SHARE, day
from tests.unit.domain.life.yields import YIELDS

KINDS = tuple(YIELDS)
STEPS = {
    "account": 3,
    "position": 10,
    "trade": 30,
    "event": 36,
    "election": 26,
    "release": 6,
    "drawing": 3,
    "duplicate": 4,
}
ADDED = {"transfer": Transfers, "exchange_rate": Rates}
"""Kinds of steps with dice of their own, so that what else happens in a life is not drawn anew."""
PARTS = {"election_release": "election_releases"}


class Life:
    """`facts` as they arrived. `accounts`: {number: (relief method, lot regime, further fields)}."""

    def __init__(self, seed, accounts):
        self.random, self.accounts, self.facts = Random(seed), accounts, []
        regimes = {regime for _, regime, _ in accounts.values()}
        self.uk = Random(f"UK {seed}") if "UK_SHARE_MATCHING" in regimes else None
        self.renaming = Renaming(Random(f"ISIN {seed}"), regimes)
        self.shorts = Random(f"short {seed}")
        self.announcer = Announcer(self.random, self.uk, self.renaming)
        self.touched = Counter()
        self.numbers, self.events, self.elected, self.kinds = {}, {}, {}, []
        self.added = {kind: draws(self, Random(f"{kind} {seed}")) for kind, draws in ADDED.items()}
        self.facts += self.added["exchange_rate"].first()
        for account in accounts:
            self.facts.append(self._account(account))
            for isin in dict.fromkeys(self._securities(account)):
                self.facts += [self._position(account, isin, 0), self._trade(account, isin)]

    def step(self):
        """One more fact; its kind."""
        added = [kind for kind, drawn in self.added.items() if drawn.random.random() < drawn.share]
        kind = added[0] if added else self.random.choices(list(STEPS), list(STEPS.values()))[0]
        record = self.added[kind].record() if added else getattr(self, f"_{kind}")()
        if record is not None:
            self.facts.append(record)
            self.touched.update(touched(record, self.accounts))
        return kind

    def forget(self, kept=60):
        """Drops what was superseded among facts that came longer ago, of events all but the last versions: it has been compared."""
        newest = {}
        for record in self.facts:
            newest.setdefault(identity(record), []).append(number_of(record))
        last = {
            key: sorted(numbers)[-3 if key[0] in ("corporate_action", "election") else -1 :][0]
            for key, numbers in newest.items()
        }
        old, late = self.facts[:-kept], self.facts[-kept:]
        self.facts = [each for each in old if number_of(each) >= last[identity(each)]] + late

    def document(self):
        """For `calculate`, in another order of arrival each time."""
        return document_of(self.random.sample(self.facts, len(self.facts)))

    def number(self, *identity, random=None):
        """Mostly the next one; now and then one that an earlier fact left out, so that it comes too late."""
        used, random = self.numbers.setdefault(identity, set()), random or self.random
        top = max(used, default=0)
        free = [each for each in range(1, top) if each not in used]
        number = random.choice(free) if free and random.random() < 0.3 else top + random.choice([1, 1, 2])
        used.add(number)
        return number

    def _some(self):
        return self.random.choice(list(self.accounts))

    def _account(self, number=None):
        number, one_of = number or self._some(), self.random.choice
        method, regime, own = self.accounts[number]
        record = {
            "record_type": "account",
            "safekeeping_account": number,
            "residence": one_of(["GB", "DE", "JP"]),
            "beneficial_owner": one_of(["portfolio_investor", "pension_fund"]),
            "documentation_status": one_of(["valid", "valid", "expired", "none"]),
            "payment_currency": one_of(["USD", "EUR"]),
            "relief_method": method,
        }
        record |= one_of([{}, {"documentation_expiry": day(20 + 13 * self.random.randrange(40))}])
        record |= ({"lot_regime": regime} if regime else {}) | own
        return record | {"sequence": self.number("account", number)}

    def _securities(self, account):
        return {"UK_SHARE_MATCHING": [UK_SHARE], "US_WASH_SALE": [US_SHARE]}.get(self.accounts[account][1], TRADED)

    def _position(self, account=None, isin=None, on=None):
        account = account or self._some()
        isin = isin or self.random.choice(self._securities(account))
        on = self.random.choice([0, 26, 195, 351]) if on is None else on
        key = {
            "safekeeping_account": account,
            "isin": isin,
            "safekeeping_place": self.random.choice(["P1", "P2"]),
            "as_of_date": day(on),
        }
        quantity = self.random.choice(["0", str(self.random.randint(1, 400)), f"{self.random.randint(1, 800) / 2:.1f}"])
        if self._sells_short(account) and quantity != "0" and self.shorts.random() < 0.6:
            quantity = f"-{quantity}"
        told = {"settled_quantity": quantity, "source": "CUSTODIAN", "sequence": self.number(*key.values())}
        return {"record_type": "position", **key, **told}

    def _trade(self, account=None, isin=None):
        """Of a given security: a first purchase."""
        account, first = account or self._some(), isin is not None
        method, regime, _ = self.accounts[account]
        name = f"{account}-{self.random.randint(1, 25):02}"
        record = {"record_type": "trade", "trade_id": name, "safekeeping_account": account}
        record["sequence"] = self.number("trade", name)
        if record["sequence"] > 1 and self.random.random() < 0.3:
            return record | {"function": "CANC"}
        isin = isin or self.random.choice(self._securities(account))
        side = "BUY" if first else self.random.choice(["BUY", "BUY", "SELL"])
        if self._sells_short(account):
            side = self.shorts.choice(["BUY", "SELL"])
        if isin == UK_SHARE and side == "SELL" and self.uk.random() < 0.3:
            isin = UK_RIGHTS
        on = (
            self.random.choice([*range(0, 92, 13), 30, 31, 43, 44, 56, 57, 69, 70, self.random.randrange(90)])
            if regime
            else self.random.randrange(0 if side == "BUY" or first else 15, 41) * 13
        )
        isin = self.renaming.dealt(isin, on)
        units = self.random.randint(1, 9) if regime else self.random.randint(1, 200 if side == "BUY" else 80)
        price = self.random.randint(1, 12) if regime else self.random.randint(1, 9999)
        record |= {
            "isin": isin,
            "side": side,
            "trade_date": day(on),
            "settlement_date": day(on),
            "currency": "GBP" if regime == "UK_SHARE_MATCHING" else "USD",
            "function": "REPL" if record["sequence"] > 1 else "NEWM",
            "quantity": str(units),
            "price": f"{price / 100:.2f}",
        }
        if not regime and self.random.random() < 0.2:
            record |= {"settlement_amount": f"{self.random.randint(0, 900000) / 100:.2f}"}
        if not regime and units % 5 == 0:  # by what was drawn, so that no life becomes another one
            interest = min(Fraction(units - 20, 100), Fraction(record.get("settlement_amount", 9)))
            record |= {"quantity_type": "FAMT", "price_type": "PRCT" if price % 2 else "ACTU"}
            record |= {"accrued_interest": f"{float(interest):.2f}"}
        closes = side == "SELL" or (self._sells_short(account) and not first)
        if closes and not regime and self.random.random() < (0.4 if self._sells_short(account) else 0.7):
            record |= self._close_of_open_lots(account, method, side)
        return record

    def _sells_short(self, account):
        return self.accounts[account][2].get("short_positions", False)

    def _close_of_open_lots(self, account, method, side):
        """Of parts, in hundredths, of lots of one security that are open at the end of what is known; named where the method asks for it."""
        lots = self.open_lots(account, owed=side == "BUY")
        if not lots:
            return {}
        isin = self.random.choice(lots).isin
        lots = [lot for lot in lots if lot.isin == isin]
        part = self.random.choice([Fraction(1), Fraction(1, 2), Fraction(1, 3)])
        parts = {lot.id: int(lot.units * part * 100) for lot in self.random.sample(lots, min(3, len(lots)))}
        since = lots[0].since
        a_year_on = [f"{int(since[:4]) + 1}{since[4:8]}{int(since[8:]) + more:02}" for more in (0, 1)]
        on = self.random.choice([day(410), day(540), *(each for each in a_year_on if each[8:] <= "28")])
        sale = {"isin": isin, "trade_date": on, "settlement_date": on, "quantity": f"{sum(parts.values()) / 100:.2f}"}
        if method == "SPECIFIC":
            sale["quantity_breakdown"] = [
                {"lot_id": each, "quantity": f"{units / 100:.2f}"} for each, units in parts.items()
            ]
        return sale

    def open_lots(self, account, owed=False):
        """Lots of at least one unit that are held, or owed, at the end of what is known, of an account without a regime."""
        ledger = folded(self.known())[0][account]
        return [lot for lot in (ledger.owed if owed else ledger).lots if lot.units >= 1]

    def known(self):
        """The current facts."""
        return Facts(document_of(self.facts))

    def _event(self):
        self.kinds = self.kinds or self.random.sample(KINDS, len(KINDS))
        kind = self.kinds.pop()
        name = f"CA-{kind}-{self.random.choice([1, 1, 2])}"
        number = self.number("event", name)
        record = {"record_type": "corporate_action", "corporate_action_event_id": name, "version": number}
        if number > 1 and self.random.random() < 0.3:
            return record | {"function": self.random.choice(["CANC", "WITH"])}
        record |= {"function": "REPL" if number > 1 else "NEWM", **self.announcer.event(kind)}
        self.events.pop(name, None)
        self.events[name] = record
        return record

    def _election(self):
        choices = [each for each in self.events.values() if len(each["options"]) > 1]
        choices += [each for each in choices[-6:] if each["mandatory_voluntary"] == "VOLU"]  # nothing comes of it else
        if not choices:
            return None
        event, account = self.random.choice(choices[-8:]), self._some()
        name = f"E-{account}-{event['corporate_action_event_id']}-{self.random.randint(1, 3)}"
        options = [each for each in event["options"] if not each.get("is_default_option")]
        option = self.random.choice(options)["option_number"] if self.random.random() < 0.97 else "009"
        deadline = event.get("response_deadline")
        record = {"record_type": "election", "election_id": name, "corporate_action_event_id": event["corporate_action_event_id"],
                  "safekeeping_account": account, "option_number": option, "sequence": self.number("election", name),
                  "quantity": str(self.random.randint(1, 90))}  # fmt: skip
        if event["mandatory_voluntary"] == "VOLU" and self.random.random() < 0.5:
            held = self.known().holdings(event["isin"], due_on(event) or "").get(account)
            record["quantity"] = str(abs(int(held or 1)))  # all of it, an odd lot perhaps
        record |= {"received_at": self._moment(deadline)} if deadline else {}
        record |= {"entered_by": "ada"} if self.random.random() < 0.2 else {}
        record |= {"allocate_basis_to_rights": True} if self.random.random() < 0.3 else {}
        if "entered_by" in record:
            self.elected[name] = deadline
        return record

    def _moment(self, deadline):
        return self.random.choice([f"{day(0)}T08:00:00Z", deadline, deadline, f"{day(700)}T08:00:00Z"])

    def _release(self):
        if not self.elected:
            return None
        name, by = self.random.choice(list(self.elected)), self.random.choice(["ada", "bob", "cy"])
        deadline = self.elected[name]
        record = {"record_type": "election_release", "election_id": name, "released_by": by}
        if self.random.random() < 0.5:
            record["election_sequence"] = self.random.choice(sorted(self.numbers["election", name]))
        record |= {"received_at": self._moment(deadline)} if deadline else {}
        return record | {"sequence": self.number(*identity(record))}

    def _drawing(self):
        names = [name for name in self.events if self.events[name]["event_type"] in ("DRAW", "PCAL")]
        if not names:
            return None
        named = [self.random.choice(names), self._some(), "001"]
        keys = dict(zip(_IDENTITIES["drawing"], named, strict=True))
        quantity = self.random.choice(["0", "5", "10", "20", "35", "7"])
        return {"record_type": "drawing", **keys, "quantity": quantity, "sequence": self.number("drawing", *named)}

    def _duplicate(self):
        return dict(self.random.choice(self.facts)) if self.facts else None


_IDENTITIES = {
    "account": ["safekeeping_account"], "trade": ["trade_id"], "corporate_action": ["corporate_action_event_id"],
    "election": ["election_id"], "drawing": ["corporate_action_event_id", "safekeeping_account", "option_number"],
    "election_release": ["election_id", "election_sequence", "released_by"],
    "position": ["safekeeping_account", "isin", "safekeeping_place", "as_of_date"], "transfer": ["transfer_id"],
    "exchange_rate": ["base", "quote", "date"],
}  # fmt: skip


def identity(record):
    """What a record is one state of."""
    named = tuple(record.get(name) for name in _IDENTITIES[record["record_type"]])
    by_time = record["record_type"] == "election_release" and "election_sequence" not in record
    return (record["record_type"], *named, *([record.get("received_at")] if by_time else []))


def number_of(record):
    """Its version or sequence."""
    return record["version" if record["record_type"] == "corporate_action" else "sequence"]


def document_of(facts):
    """A calculate document."""
    rates = {"schema_version": 1, "version": "life", "rates": RATES}
    calendars = {"schema_version": 1, "version": "life", "calendars": CALENDARS}
    document = {"rules": {"withholding_rates": rates, "market_calendars": calendars}}
    for record in facts:
        part = PARTS.get(record["record_type"], f"{record['record_type']}s")
        document.setdefault(part, []).append(record)
    return document


def facts_of(document):
    """The records of a document of a life."""
    return [record for name, records in document.items() if name != "rules" for record in records]
