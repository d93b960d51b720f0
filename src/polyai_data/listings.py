"""The listings of conversations, with their models, which take long to import."""

from __future__ import annotations

from polyai_data.models import ConversationSummary, ConversationSummaryV3
from polyai_data.paging import Listing, after_list, after_search
from polyai_data_client.models import GetConversations, GetConversationsV3

LIST = Listing(GetConversations, ConversationSummary, "conversation_id", after_list)
SEARCH = Listing(GetConversationsV3, ConversationSummaryV3, "id", after_search)
SAMPLE = SEARCH._replace(following=lambda *_: None)
