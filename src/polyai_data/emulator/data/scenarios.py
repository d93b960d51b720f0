"""What the seeded calls are about: short scripts whose gaps are filled from the seed.

A gap in braces is filled with a made-up person or number; `PRIVATE` names the gaps that are personal data, which
redacted recordings mute.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

PRIVATE = frozenset({"name", "phone", "email", "card"})


@dataclass(frozen=True, slots=True)
class Exchange:
    """What the user says and the agent's reply. The first exchange of a script has no words of the user."""

    user: str
    agent: str
    intents: tuple[str, ...] = ()
    entities: Mapping[str, str | list[str]] = field(default_factory=dict)
    """Entity name to the gap, or gaps, whose filling is its value."""
    user_english: str = ""
    agent_english: str = ""
    dtmf: str = ""
    function: str = ""
    """Name of the function that the agent ran before it replied."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A script, and the description of conversations that follow it."""

    name: str
    summary: str
    exchanges: tuple[Exchange, ...]
    topics: tuple[str, ...]
    """At least two, the main one first."""
    language: str = "en"
    handoff_destination: str = ""
    handoff_reason: str = ""


_GREETING = Exchange("", "Hello, thank you for calling {company}. How can I help you today?")
_GOODBYE = Exchange(
    "No, that is everything. Thank you, goodbye.", "Thank you for calling {company}. Goodbye!", ("goodbye",)
)

SCENARIOS = (
    Scenario(
        "booking",
        "The caller booked a table and got a confirmation.",
        (
            _GREETING,
            Exchange(
                "I would like to book a table for {count} people on {day}.",
                "With pleasure. Under which name shall I make the booking?",
                ("make_booking",),
                {"party_size": "count", "date": "day"},
            ),
            Exchange(
                "My name is {name} and my number is {phone}",
                "Thank you, {name} I have a table for {count} people on {day} at {time}. Shall I confirm?",
                ("give_name",),
                {"name": "name", "phone_number": "phone"},
                function="find_table",
            ),
            Exchange(
                "Yes, please.",
                "Done. Your reference is {reference}. Anything else?",
                ("affirm",),
                function="book_table",
            ),
            _GOODBYE,
        ),
        ("booking", "availability"),
    ),
    Scenario(
        "refund",
        "The caller asked for a refund of a duplicate payment, which was started.",
        (
            _GREETING,
            Exchange(
                "I was charged twice for my order {reference} and I want a refund.",
                "I am sorry about that. May I have your name, please?",
                ("request_refund",),
                {"order": "reference"},
            ),
            Exchange(
                "Sure, it is {name}",
                "Thank you, {name} I see two payments of {amount}. The second one is returned in {days} days.",
                ("give_name",),
                {"name": "name", "duplicates": ["amount", "amount"]},
                function="start_refund",
            ),
            Exchange(
                "Which card is that?",
                "The one ending in {card} Is there anything else?",
                ("ask_card",),
                {"card": "card"},
            ),
            _GOODBYE,
        ),
        ("refund", "billing"),
    ),
    Scenario(
        "password",
        "The caller was locked out and got a link to set a new password.",
        (
            _GREETING,
            Exchange(
                "I forgot my password and now my account is locked.",
                "I can unlock it for you. Please type the {count} digits of your security code.",
                ("reset_password",),
            ),
            Exchange("", "Thank you. To which email address shall I send the link?", dtmf="0000"),
            Exchange(
                "Send it to {email}",
                "I have sent a link to {email} It works for {count} hours.",
                ("give_email",),
                {"email": "email"},
                function="send_reset_link",
            ),
            _GOODBYE,
        ),
        ("password", "account access"),
    ),
    Scenario(
        "opening-hours",
        "The caller asked for the opening hours and left a number for a reminder.",
        (
            _GREETING,
            Exchange(
                "What are your opening hours on {day}?",
                "On {day} we are open from nine in the morning until {time}.",
                ("opening_hours",),
                {"date": "day"},
            ),
            Exchange(
                "Could you text that to me? My number is {phone}",
                "Of course. I will send it to {phone} in a moment.",
                ("send_text",),
                {"phone_number": "phone"},
                function="send_text",
            ),
            _GOODBYE,
        ),
        ("opening hours", "text message"),
    ),
    Scenario(
        "delivery",
        "The caller's parcel was late; the new delivery day was given.",
        (
            _GREETING,
            Exchange(
                "Where is my parcel? The order number is {reference}.",
                "Let me check. It is on its way and arrives on {day}. Whom may I tell the driver to ask for?",
                ("track_order",),
                {"order": "reference", "date": "day"},
                function="track_order",
            ),
            Exchange(
                "Ask for {name} at the café next door, please.",
                "I have noted that, {name} The driver calls {phone} before the delivery.",
                ("give_name",),
                {"name": "name"},
            ),
            _GOODBYE,
        ),
        ("delivery", "order status"),
    ),
    Scenario(
        "complaint",
        "The caller was unhappy with a bill and was handed to a person.",
        (
            _GREETING,
            Exchange(
                "My bill of {amount} is wrong and nobody calls me back!",
                "I am sorry to hear that. Who is calling, please?",
                ("complaint",),
            ),
            Exchange(
                "{name} and you have had my number {phone} for years.",
                "Thank you, {name} I am connecting you with a colleague who can correct the bill.",
                ("give_name",),
                {"name": "name", "phone_number": "phone"},
                function="open_ticket",
            ),
        ),
        ("complaint", "billing"),
        handoff_destination="billing-team",
        handoff_reason="billing dispute",
    ),
    Scenario(
        "termin",
        "The caller moved an appointment, in German.",
        (
            Exchange(
                "",
                "Grüß Gott, hier ist {company}. Wie kann ich Ihnen helfen?",
                agent_english="Hello, this is {company}. How can I help you?",
            ),
            Exchange(
                "Ich möchte meinen Termin auf {day} verschieben.",
                "Gerne. Für wen ist der Termin?",
                ("move_appointment",),
                {"date": "day"},
                user_english="I would like to move my appointment to {day}.",
                agent_english="Gladly. For whom is the appointment?",
            ),
            Exchange(
                "Für {name} übrigens",
                "Alles klar, {name} der Termin ist jetzt um {time}. Schönen Tag!",
                ("give_name",),
                {"name": "name"},
                user_english="For {name} by the way",
                agent_english="All right, {name} the appointment is at {time} now. Have a nice day!",
                function="move_appointment",
            ),
        ),
        ("appointment", "reschedule"),
        language="de",
    ),
    Scenario(
        "予約",
        "The caller booked a room, in Japanese.",
        (
            Exchange(
                "",
                "お電話ありがとうございます、 {company} です。",
                agent_english="Thank you for calling, this is {company}.",
            ),
            Exchange(
                "部屋を 予約 したいのですが。",
                "かしこまりました。 お名前を どうぞ。 🛎️",
                ("make_booking",),
                user_english="I would like to book a room.",
                agent_english="Certainly. Your name, please.",
            ),
            Exchange(
                "{name} と申します。",
                "{name} 様、 {day} に 承りました。",
                ("give_name",),
                {"name": "name"},
                user_english="My name is {name}",
                agent_english="Thank you, {name} it is booked for {day}.",
                function="book_room",
            ),
            Exchange(
                "ありがとう。",
                "またの お電話を お待ちしております。",
                ("goodbye",),
                user_english="Thank you.",
                agent_english="We look forward to your next call.",
            ),
        ),
        ("booking", "rooms"),
        language="ja",
    ),
)

SILENCE = Exchange("", "Are you still there?")
OUT_OF_DOMAIN = Exchange("Do you think it will rain tomorrow?", "I cannot help with that, I am afraid. Where were we?")

NAMES = (
    "Ada Example", "Zoë Sample", "José Muster", "Łukasz Testowy", "Siobhán O'Sample",
    "Renée d'Exemple", "Björn Beispiel", "Mei-Lin Placeholder", "Ngozi Specimen", "山田 見本",
)  # fmt: skip
COMPANIES = ("Café Example", "Sample & Sons", "Hotel Muster", "Specimen Travel")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
TIMES = ("half past five", "six o'clock", "a quarter to seven", "eight o'clock")
