-- Published rows are deleted some days later (OUTBOX_DAYS), the oldest first. What was announced stays in `announcements` (0007).
CREATE INDEX outbox_published ON outbox (published_at) WHERE published_at IS NOT NULL;
