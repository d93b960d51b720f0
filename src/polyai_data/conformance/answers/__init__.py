"""Recorded responses as a judge of the patched documents: what they hold otherwise, and overlay actions that say so."""
