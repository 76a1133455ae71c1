-- +goose Up
-- One statement for goose, which takes a script apart line by line, with 4 MiB for each; SQLite takes it whole.
-- +goose StatementBegin

CREATE TABLE meta (
    key   TEXT NOT NULL PRIMARY KEY CHECK (key <> ''),
    value TEXT NOT NULL,
    CHECK (key <> 'platform' OR value IN ('live', 'demo'))
) STRICT, WITHOUT ROWID;

-- AUTOINCREMENT, so that a number is not given again after old rows were pruned.
CREATE TABLE journal (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    type    TEXT    NOT NULL CHECK (type <> ''),
    version INTEGER NOT NULL CHECK (version > 0),
    at      INTEGER NOT NULL CHECK (at > 0),
    subject TEXT    NOT NULL,
    data    TEXT    NOT NULL CHECK (json_valid(data))
) STRICT;

CREATE INDEX journal_type ON journal (type);
CREATE INDEX journal_error ON journal (at) WHERE type = 'error.happened';

-- The records of how sagas go on, numbered with those of the journal and read
-- with them, but forgotten after a while: apart, so that they leave whole pages.
CREATE TABLE journal_passing (
    seq     INTEGER PRIMARY KEY,
    type    TEXT    NOT NULL CHECK (type = 'saga.changed'),
    version INTEGER NOT NULL CHECK (version > 0),
    at      INTEGER NOT NULL CHECK (at > 0),
    subject TEXT    NOT NULL,
    data    TEXT    NOT NULL CHECK (json_valid(data))
) STRICT;
INSERT INTO sqlite_sequence (name, seq) VALUES ('journal', 0);

-- What came in from Twitch's EventSub. A payload is kept only until the
-- message is done with.
CREATE TABLE receipt (
    id          TEXT    NOT NULL PRIMARY KEY CHECK (id <> ''),
    type        TEXT    NOT NULL,
    state       TEXT    NOT NULL CHECK (state IN ('open', 'done', 'dead')),
    payload     TEXT             CHECK (payload IS NULL OR json_valid(payload)),
    attempts    INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    next_at     INTEGER          CHECK (state <> 'open' OR next_at IS NOT NULL),
    error       TEXT    NOT NULL DEFAULT '',
    repeats     INTEGER NOT NULL DEFAULT 0 CHECK (repeats >= 0),
    received_at INTEGER NOT NULL CHECK (received_at > 0)
) STRICT, WITHOUT ROWID;
CREATE INDEX receipt_open ON receipt (next_at) WHERE state = 'open';
CREATE INDEX receipt_done ON receipt (received_at) WHERE state = 'done';

-- A viewer's points spent on one of our rewards, and what Twitch has booked.
CREATE TABLE redemption (
    id          TEXT    NOT NULL PRIMARY KEY CHECK (id <> ''),
    reward_id   TEXT    NOT NULL,
    reward      TEXT    NOT NULL CHECK (reward IN ('song', 'raffle')),
    viewer_id   TEXT    NOT NULL REFERENCES viewer (id),
    input       TEXT    NOT NULL,
    cost        INTEGER NOT NULL CHECK (cost >= 0),
    redeemed_at INTEGER NOT NULL,
    received_at INTEGER NOT NULL CHECK (received_at > 0),
    status      TEXT    NOT NULL DEFAULT 'unfulfilled' CHECK (status IN ('unfulfilled', 'fulfilled', 'canceled')),
    reason      TEXT    NOT NULL DEFAULT '',
    settled_at  INTEGER CHECK ((settled_at IS NULL) = (status = 'unfulfilled'))
) STRICT, WITHOUT ROWID;
CREATE INDEX redemption_open ON redemption (redeemed_at) WHERE status = 'unfulfilled';
CREATE INDEX redemption_viewer ON redemption (viewer_id, redeemed_at, status, cost);
CREATE INDEX redemption_at ON redemption (redeemed_at, status, cost, viewer_id);

CREATE TABLE saga (
    id           TEXT    NOT NULL PRIMARY KEY CHECK (id <> ''),
    kind         TEXT    NOT NULL,
    version      INTEGER NOT NULL CHECK (version > 0),
    state        TEXT    NOT NULL CHECK (state IN ('running', 'waiting', 'compensating', 'completed', 'compensated', 'failed', 'needs-decision')),
    params       TEXT    NOT NULL CHECK (json_valid(params)),
    ordered_at   INTEGER NOT NULL,
    waiting_for  TEXT    NOT NULL DEFAULT '' CHECK ((waiting_for = '') = (state <> 'waiting')),
    next_at      INTEGER CHECK (next_at IS NULL OR state = 'waiting'),
    refund_seq   INTEGER NOT NULL DEFAULT 0 CHECK (refund_seq >= 0),
    committed_at INTEGER,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    error        TEXT    CHECK (error IS NULL OR json_valid(error))
) STRICT, WITHOUT ROWID;
CREATE INDEX saga_recent ON saga (updated_at);
CREATE INDEX saga_state ON saga (state, updated_at);
CREATE INDEX saga_standing ON saga (kind, state) WHERE state IN ('running', 'waiting', 'compensating', 'failed', 'needs-decision');

CREATE TABLE saga_step (
    saga_id      TEXT    NOT NULL REFERENCES saga (id) ON DELETE CASCADE,
    seq          INTEGER NOT NULL CHECK (seq > 0),
    name         TEXT    NOT NULL CHECK (name <> ''),
    state        TEXT    NOT NULL CHECK (state IN ('started', 'succeeded', 'failed', 'undone', 'undo-failed', 'uncertain')),
    attempt      INTEGER NOT NULL CHECK (attempt >= 0),
    undo_attempt INTEGER NOT NULL DEFAULT 0 CHECK (undo_attempt >= 0),
    result       TEXT    CHECK (result IS NULL OR json_valid(result)),
    next_at      INTEGER,
    error        TEXT    CHECK (error IS NULL OR json_valid(error)),
    started_at   INTEGER NOT NULL,
    ended_at     INTEGER,
    PRIMARY KEY (saga_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX saga_step_adding ON saga_step (saga_id) WHERE state = 'started' AND name = 'add-to-player';

-- Viewers: name is the latest one.
CREATE TABLE viewer (
    id         TEXT    NOT NULL PRIMARY KEY CHECK (id <> ''),
    login      TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    role       TEXT    NOT NULL DEFAULT '' CHECK (role IN ('', 'everyone', 'subscriber', 'vip', 'moderator', 'broadcaster')), -- at the last line in chat that told
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX viewer_login ON viewer (login, updated_at);

-- What rolls are drawn from. A seed is a secret until it is revealed, which the
-- journal has then too; before that it is here and nowhere else.
CREATE TABLE raffle_seed (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    scope        TEXT    NOT NULL CHECK (scope IN ('session', 'off-stream', 'giveaway')),
    session_id   INTEGER REFERENCES stream_session (id) CHECK ((session_id IS NOT NULL) = (scope = 'session')),
    giveaway_id  INTEGER REFERENCES giveaway (id) CHECK ((giveaway_id IS NOT NULL) = (scope = 'giveaway')),
    highest      INTEGER NOT NULL CHECK (CASE scope WHEN 'giveaway' THEN highest = 0 ELSE highest BETWEEN 2 AND 1000000 END),
    hash         TEXT    NOT NULL CHECK (length(hash) = 64),
    seed         TEXT    NOT NULL CHECK (length(seed) = 64),
    committed_at INTEGER NOT NULL,
    ended_at     INTEGER,
    revealed_at  INTEGER CHECK (revealed_at IS NULL OR ended_at IS NOT NULL)
) STRICT;
CREATE UNIQUE INDEX raffle_seed_current ON raffle_seed ((ended_at IS NULL)) WHERE ended_at IS NULL AND scope <> 'giveaway';
CREATE UNIQUE INDEX raffle_seed_giveaway ON raffle_seed (giveaway_id) WHERE giveaway_id IS NOT NULL;
CREATE INDEX raffle_seed_due ON raffle_seed (id) WHERE revealed_at IS NULL;
CREATE INDEX raffle_seed_session ON raffle_seed (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX journal_seed ON journal (subject, type) WHERE type IN ('raffle.committed', 'raffle.revealed', 'giveaway.drawn');

-- Giveaways: at most one is to be drawn. A pick that was passed does not win.
CREATE TABLE giveaway (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    keyword     TEXT    NOT NULL CHECK (keyword <> ''),
    audience    TEXT    NOT NULL CHECK (audience IN ('everybody', 'subscribers', 'followers')),
    max_entries INTEGER NOT NULL CHECK (max_entries >= 0),
    state       TEXT    NOT NULL CHECK (state IN ('open', 'closed', 'drawn', 'cancelled')),
    opened_at   INTEGER NOT NULL,
    closes_at   INTEGER,
    closed_at   INTEGER CHECK ((closed_at IS NULL) = (state = 'open')),
    ended_at    INTEGER CHECK ((ended_at IS NULL) = (state IN ('open', 'closed')))
) STRICT;
CREATE UNIQUE INDEX giveaway_live ON giveaway ((ended_at IS NULL)) WHERE ended_at IS NULL;

CREATE TABLE giveaway_entry (
    giveaway_id INTEGER NOT NULL REFERENCES giveaway (id),
    viewer_id   TEXT    NOT NULL REFERENCES viewer (id),
    at          INTEGER NOT NULL,
    PRIMARY KEY (giveaway_id, viewer_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE giveaway_pick (
    giveaway_id INTEGER NOT NULL,
    number      INTEGER NOT NULL CHECK (number > 0),
    draw        INTEGER NOT NULL CHECK (draw > 0),
    viewer_id   TEXT    NOT NULL,
    passed      INTEGER NOT NULL CHECK (passed IN (0, 1)),
    drawn_at    INTEGER NOT NULL,
    PRIMARY KEY (giveaway_id, number),
    UNIQUE (giveaway_id, viewer_id),
    FOREIGN KEY (giveaway_id, viewer_id) REFERENCES giveaway_entry (giveaway_id, viewer_id)
) STRICT, WITHOUT ROWID;

-- Raffle. A voided roll stays but counts nowhere. Rolls without a seed are from
-- before there were seeds.
CREATE TABLE raffle_roll (
    id             TEXT    NOT NULL PRIMARY KEY CHECK (id <> ''),
    viewer_id      TEXT    NOT NULL REFERENCES viewer (id),
    seed_id        INTEGER REFERENCES raffle_seed (id),
    winning_number INTEGER NOT NULL CHECK (winning_number BETWEEN 1 AND 1000000),
    roll           INTEGER NOT NULL CHECK (roll BETWEEN 1 AND 1000000),
    distance       INTEGER NOT NULL CHECK (distance = abs(winning_number - roll)),
    record         INTEGER NOT NULL CHECK (record IN (0, distance > 0)),
    rolled_at      INTEGER NOT NULL,
    announced_at   INTEGER,
    voided_at      INTEGER,
    given_at       INTEGER CHECK (given_at IS NULL OR distance = 0) -- the prize
) STRICT;
CREATE INDEX raffle_roll_recent ON raffle_roll (rolled_at, id) WHERE announced_at IS NOT NULL;
CREATE INDEX raffle_roll_won ON raffle_roll (rolled_at, id) WHERE announced_at IS NOT NULL AND distance = 0;
CREATE INDEX raffle_roll_viewer_recent ON raffle_roll (viewer_id, rolled_at, id, distance) WHERE voided_at IS NULL;
CREATE INDEX raffle_roll_seed ON raffle_roll (seed_id, rolled_at, id, distance, announced_at, voided_at);
CREATE INDEX raffle_roll_viewer ON raffle_roll (viewer_id, distance, rolled_at, id) WHERE voided_at IS NULL;
CREATE INDEX raffle_roll_at ON raffle_roll (rolled_at, distance, viewer_id) WHERE voided_at IS NULL;
CREATE INDEX raffle_roll_loss ON raffle_roll (distance) WHERE voided_at IS NULL AND distance > 0;

-- Stream. At most one session is live; an effect is open until done_at.
CREATE TABLE stream_session (
    id           INTEGER NOT NULL PRIMARY KEY,
    stream_id    TEXT    NOT NULL CHECK (stream_id <> ''),
    started_at   INTEGER NOT NULL,
    online_at    INTEGER NOT NULL CHECK (online_at >= started_at), -- when it was last resumed, if ever
    ended_at     INTEGER CHECK (ended_at >= online_at),
    peak_viewers INTEGER NOT NULL DEFAULT 0 CHECK (peak_viewers >= 0)
) STRICT;
CREATE UNIQUE INDEX stream_session_live ON stream_session ((ended_at IS NULL)) WHERE ended_at IS NULL;

CREATE TABLE stream_sample (
    session_id INTEGER NOT NULL REFERENCES stream_session (id),
    at         INTEGER NOT NULL,
    viewers    INTEGER NOT NULL CHECK (viewers >= 0),
    PRIMARY KEY (session_id, at)
) STRICT, WITHOUT ROWID;

CREATE TABLE stream_effect (
    id         INTEGER NOT NULL PRIMARY KEY,
    session_id INTEGER NOT NULL REFERENCES stream_session (id),
    what       TEXT    NOT NULL CHECK (what IN ('online', 'offline')),
    target     TEXT    NOT NULL CHECK (target <> ''),
    done_at    INTEGER
) STRICT;
CREATE INDEX stream_effect_open ON stream_effect (target) WHERE done_at IS NULL;

-- Songs. A request's id is its saga's: the redemption's or, of one made in chat
-- for no points, sr- and the line's. track is JSON.
-- Pending ones are in the order of (rank, redeemed_at, id); rank is 0 until
-- somebody moves one. fulfil is when its points count as spent, '' where nobody
-- paid; kept says that they stay spent though it was withdrawn, told that chat
-- hears of that in one line with others.
CREATE TABLE song_request (
    id          TEXT    NOT NULL PRIMARY KEY CHECK (id <> ''),
    viewer_id   TEXT    NOT NULL REFERENCES viewer (id),
    track_id    TEXT    NOT NULL,
    track       TEXT    NOT NULL CHECK (json_valid(track)),
    redeemed_at INTEGER NOT NULL,
    accepted_at INTEGER NOT NULL,
    rank        INTEGER NOT NULL DEFAULT 0,
    fulfil      TEXT    NOT NULL CHECK (fulfil IN ('', 'accepted', 'handed-over', 'heard')),
    state       TEXT    NOT NULL CHECK (state IN ('pending', 'queued', 'playing', 'heard', 'skipped', 'withdrawn')),
    reason      TEXT    NOT NULL DEFAULT '' CHECK (reason = '' OR state = 'withdrawn'),
    kept        INTEGER NOT NULL DEFAULT 0 CHECK (kept IN (0, state = 'withdrawn')),
    told        INTEGER NOT NULL DEFAULT 0 CHECK (told IN (0, state = 'withdrawn')),
    doubts      INTEGER NOT NULL DEFAULT 0 CHECK (doubts >= 0), -- adds that may still turn up
    doubted_at  INTEGER CHECK (doubted_at IS NOT NULL OR doubts = 0)
) STRICT;
CREATE INDEX song_request_pending ON song_request (rank, redeemed_at, id) WHERE state = 'pending';
CREATE INDEX song_request_state ON song_request (state);
CREATE INDEX song_request_heard ON song_request (viewer_id, track_id, redeemed_at) WHERE state = 'heard';
CREATE INDEX song_request_top ON song_request (track_id, redeemed_at) WHERE state = 'heard';
CREATE INDEX song_request_viewer ON song_request (viewer_id, redeemed_at, state);
CREATE INDEX song_request_at ON song_request (redeemed_at, state, viewer_id, track_id);
CREATE INDEX song_request_track ON song_request (track_id);
CREATE INDEX song_request_isrc ON song_request (track ->> '$.isrc');
CREATE INDEX song_request_doubted ON song_request (doubted_at) WHERE doubts > 0;

-- One occurrence of ours in the player's queue; seq is the order of the adds.
CREATE TABLE song_handover (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    request_id  TEXT    NOT NULL REFERENCES song_request (id),
    added_at    INTEGER NOT NULL, -- when the add was about to be made
    at          INTEGER NOT NULL, -- when it was booked
    position    INTEGER CHECK (position >= 0), -- in song_ledger's upcoming items
    misses      INTEGER NOT NULL DEFAULT 0 CHECK (misses >= 0),
    started_at  INTEGER,
    progress_ms INTEGER NOT NULL DEFAULT 0 CHECK (progress_ms >= 0),
    unwanted    INTEGER NOT NULL CHECK (unwanted IN (0, 1)),
    surplus     INTEGER NOT NULL CHECK (surplus IN (0, unwanted)),
    asked_at    INTEGER CHECK (asked_at IS NULL OR unwanted = 1),
    ended_at    INTEGER,
    CHECK (position IS NULL OR started_at IS NULL)
) STRICT;
CREATE UNIQUE INDEX song_handover_request ON song_handover (request_id) WHERE surplus = 0;
CREATE UNIQUE INDEX song_handover_position ON song_handover (position) WHERE position IS NOT NULL;
CREATE UNIQUE INDEX song_handover_current ON song_handover ((started_at IS NULL)) WHERE started_at IS NOT NULL AND ended_at IS NULL;
CREATE INDEX song_handover_open ON song_handover (seq) WHERE ended_at IS NULL;

-- The request history: what really was in the player.
CREATE TABLE song_play (
    request_id TEXT    NOT NULL PRIMARY KEY REFERENCES song_request (id),
    started_at INTEGER NOT NULL,
    ended_at   INTEGER NOT NULL CHECK (ended_at >= started_at),
    outcome    TEXT    NOT NULL CHECK (outcome IN ('heard', 'skipped'))
) STRICT, WITHOUT ROWID;
CREATE INDEX song_play_ended ON song_play (ended_at);

-- What is kept out of the requests. isrc is of a track.
CREATE TABLE song_block (
    kind TEXT    NOT NULL CHECK (kind IN ('track', 'artist', 'viewer')),
    key  TEXT    NOT NULL CHECK (key <> ''),
    name TEXT    NOT NULL,
    isrc TEXT    NOT NULL DEFAULT '' CHECK (isrc = '' OR kind = 'track'),
    at   INTEGER NOT NULL,
    PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX song_block_isrc ON song_block (isrc) WHERE isrc <> '';

-- The last look at the player that was believed.
CREATE TABLE song_ledger (
    id     INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    ledger TEXT    NOT NULL CHECK (json_valid(ledger))
) STRICT;

-- Chat commands that people made: a text, or another name (target). Durations
-- are in milliseconds.
CREATE TABLE chat_command (
    name            TEXT    NOT NULL PRIMARY KEY CHECK (name <> ''),
    text            TEXT    NOT NULL,
    target          TEXT    NOT NULL CHECK ((target = '') <> (text = '')),
    enabled         INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    role            TEXT    NOT NULL CHECK (role IN ('broadcaster', 'moderator', 'vip', 'subscriber', 'everyone')),
    cooldown        INTEGER NOT NULL CHECK (cooldown >= 0),
    viewer_cooldown INTEGER NOT NULL CHECK (viewer_cooldown >= 0),
    count           INTEGER NOT NULL CHECK (count >= 0),
    made_by         TEXT    NOT NULL,
    made_at         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Whether viewers may ask for songs. No row is yes.
CREATE TABLE song_gate (
    id        INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    closed_at INTEGER,
    reason    TEXT    NOT NULL CHECK (reason = '' OR closed_at IS NOT NULL)
) STRICT;

-- The last time nothing could be given to Spotify; over once ended_at is set.
CREATE TABLE song_outage (
    id       INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    reason   TEXT    NOT NULL CHECK (reason <> ''),
    since    INTEGER NOT NULL,
    seen_at  INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;

-- Who wants what plays skipped; turn is song_ledger's.
CREATE TABLE song_vote (
    turn      INTEGER NOT NULL,
    viewer_id TEXT    NOT NULL REFERENCES viewer (id),
    PRIMARY KEY (turn, viewer_id)
) STRICT, WITHOUT ROWID;

-- Why our rewards are held paused, and of which Twitch has not been told yet
-- whether they are.
CREATE TABLE reward_hold (
    reward TEXT    NOT NULL CHECK (reward IN ('song', 'raffle')),
    reason TEXT    NOT NULL CHECK (reason IN ('by-hand', 'offline', 'closed')),
    since  INTEGER NOT NULL,
    PRIMARY KEY (reward, reason)
) STRICT, WITHOUT ROWID;
CREATE TABLE reward_due (
    reward TEXT NOT NULL PRIMARY KEY CHECK (reward IN ('song', 'raffle'))
) STRICT, WITHOUT ROWID;

-- How far each durable reader of the journal has come. memory is what it has to
-- know of what it read.
CREATE TABLE consumer (
    name   TEXT    NOT NULL PRIMARY KEY CHECK (name <> ''),
    seq    INTEGER NOT NULL CHECK (seq >= 0),
    memory TEXT    NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

-- Achievements. session is '' for what counts for ever. A place without an
-- unlocked_seq, the event that earned it, is under way.
CREATE TABLE achievement (
    viewer_id      TEXT    NOT NULL REFERENCES viewer (id),
    achievement_id TEXT    NOT NULL CHECK (achievement_id <> ''),
    session        TEXT    NOT NULL,
    count          INTEGER NOT NULL CHECK (count > 0),
    unlocked_seq   INTEGER CHECK (unlocked_seq > 0),
    unlocked_at    INTEGER CHECK ((unlocked_at IS NULL) = (unlocked_seq IS NULL)),
    PRIMARY KEY (viewer_id, achievement_id, session)
) STRICT, WITHOUT ROWID;
CREATE INDEX achievement_unlocked ON achievement (achievement_id, session, unlocked_seq) WHERE unlocked_seq IS NOT NULL;
CREATE INDEX achievement_latest ON achievement (unlocked_seq DESC, achievement_id) WHERE unlocked_seq IS NOT NULL;

-- Totals: what all there is amounts to, so that nobody has to count it. The
-- triggers below keep them in the transaction that changes what they count, and
-- a test holds them against counting anew. Times are the latest; closest is the
-- distance of closest_id, the closest losing roll.
CREATE TABLE viewer_total (
    viewer_id    TEXT    NOT NULL PRIMARY KEY REFERENCES viewer (id),
    points       INTEGER NOT NULL DEFAULT 0, -- of fulfilled redemptions
    refunded     INTEGER NOT NULL DEFAULT 0, -- points
    redeemed_at  INTEGER,
    requests     INTEGER NOT NULL DEFAULT 0,
    requested_at INTEGER,
    heard        INTEGER NOT NULL DEFAULT 0, -- requests
    heard_at     INTEGER,                    -- when the latest of them was made
    rolls        INTEGER NOT NULL DEFAULT 0,
    wins         INTEGER NOT NULL DEFAULT 0,
    rolled_at    INTEGER,
    closest      INTEGER,
    closest_id   TEXT REFERENCES raffle_roll (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX viewer_total_points ON viewer_total (points DESC, requests DESC, rolls DESC, viewer_id);
CREATE INDEX viewer_total_heard ON viewer_total (heard DESC, heard_at DESC, viewer_id) WHERE heard > 0;
CREATE INDEX viewer_total_closest ON viewer_total (closest, rolled_at, viewer_id) WHERE rolls > 0;
CREATE INDEX viewer_total_rolls ON viewer_total (rolls DESC, rolled_at, viewer_id) WHERE rolls > 0;
CREATE INDEX viewer_total_wins ON viewer_total (wins DESC, rolled_at, viewer_id) WHERE rolls > 0;

CREATE TABLE track_total (
    track_id TEXT    NOT NULL PRIMARY KEY,
    heard    INTEGER NOT NULL, -- requests
    heard_at INTEGER           -- when the latest of them was made
) STRICT, WITHOUT ROWID;
CREATE INDEX track_total_heard ON track_total (heard DESC, heard_at DESC, track_id) WHERE heard > 0;

CREATE TABLE achievement_leader (
    viewer_id   TEXT    NOT NULL PRIMARY KEY REFERENCES viewer (id),
    different   INTEGER NOT NULL, -- achievements that are unlocked
    times       INTEGER NOT NULL, -- each once for every session
    unlocked_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX achievement_leader_first ON achievement_leader (different DESC, times DESC, unlocked_at, viewer_id) WHERE different > 0;

CREATE TABLE achievement_total (
    achievement_id TEXT    NOT NULL PRIMARY KEY,
    holders        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER redemption_made AFTER INSERT ON redemption BEGIN
    INSERT INTO viewer_total (viewer_id, points, refunded, redeemed_at)
    VALUES (NEW.viewer_id, NEW.cost * (NEW.status = 'fulfilled'), NEW.cost * (NEW.status = 'canceled'), NEW.redeemed_at)
    ON CONFLICT (viewer_id) DO UPDATE SET points = points + excluded.points, refunded = refunded + excluded.refunded,
        redeemed_at = max(coalesce(redeemed_at, 0), excluded.redeemed_at);
END;

CREATE TRIGGER redemption_settled AFTER UPDATE OF status ON redemption BEGIN
    UPDATE viewer_total SET
        points = points + NEW.cost * ((NEW.status = 'fulfilled') - (OLD.status = 'fulfilled')),
        refunded = refunded + NEW.cost * ((NEW.status = 'canceled') - (OLD.status = 'canceled'))
    WHERE viewer_id = NEW.viewer_id;
END;

-- Two procedures, called by inserting. This one: one request more of a viewer
-- for a track was heard (by = 1) or one less (-1).
CREATE VIEW song_hearing AS SELECT viewer_id, track_id, 1 AS by FROM song_request WHERE state = 'heard';

CREATE TRIGGER song_hearing_change INSTEAD OF INSERT ON song_hearing BEGIN
    UPDATE viewer_total SET heard = heard + NEW.by, heard_at = (
        SELECT max(redeemed_at) FROM song_request WHERE viewer_id = NEW.viewer_id AND state = 'heard'
    ) WHERE viewer_id = NEW.viewer_id;
    INSERT INTO track_total (track_id, heard) VALUES (NEW.track_id, 0) ON CONFLICT (track_id) DO NOTHING;
    UPDATE track_total SET heard = heard + NEW.by, heard_at = (
        SELECT max(redeemed_at) FROM song_request WHERE track_id = NEW.track_id AND state = 'heard'
    ) WHERE track_id = NEW.track_id;
END;

CREATE TRIGGER song_request_made AFTER INSERT ON song_request BEGIN
    INSERT INTO viewer_total (viewer_id, requests, requested_at) VALUES (NEW.viewer_id, 1, NEW.redeemed_at)
    ON CONFLICT (viewer_id) DO UPDATE SET requests = requests + 1, requested_at = max(coalesce(requested_at, 0), excluded.requested_at);
    INSERT INTO song_hearing SELECT NEW.viewer_id, NEW.track_id, 1 WHERE NEW.state = 'heard';
END;

CREATE TRIGGER song_request_changed AFTER UPDATE OF state, track_id ON song_request WHEN OLD.state <> NEW.state OR OLD.track_id <> NEW.track_id BEGIN
    INSERT INTO song_hearing SELECT OLD.viewer_id, OLD.track_id, -1 WHERE OLD.state = 'heard';
    INSERT INTO song_hearing SELECT NEW.viewer_id, NEW.track_id, 1 WHERE NEW.state = 'heard';
END;

CREATE TRIGGER raffle_roll_made AFTER INSERT ON raffle_roll WHEN NEW.voided_at IS NULL BEGIN
    INSERT INTO viewer_total (viewer_id, rolls, wins, rolled_at) VALUES (NEW.viewer_id, 1, NEW.distance = 0, NEW.rolled_at)
    ON CONFLICT (viewer_id) DO UPDATE SET rolls = rolls + 1, wins = wins + excluded.wins, rolled_at = max(coalesce(rolled_at, 0), excluded.rolled_at);
    UPDATE viewer_total SET (closest, closest_id) = (
        SELECT distance, id FROM raffle_roll WHERE viewer_id = NEW.viewer_id AND voided_at IS NULL AND distance > 0
        ORDER BY distance, rolled_at, id LIMIT 1
    ) WHERE viewer_id = NEW.viewer_id AND (closest IS NULL OR closest >= NEW.distance) AND NEW.distance > 0;
END;

CREATE TRIGGER raffle_roll_voided AFTER UPDATE OF voided_at ON raffle_roll WHEN (NEW.voided_at IS NULL) <> (OLD.voided_at IS NULL) BEGIN
    INSERT INTO viewer_total (viewer_id) VALUES (NEW.viewer_id) ON CONFLICT (viewer_id) DO NOTHING;
    UPDATE viewer_total SET
        rolls = rolls + iif(NEW.voided_at IS NULL, 1, -1),
        wins = wins + iif(NEW.voided_at IS NULL, 1, -1) * (NEW.distance = 0),
        rolled_at = (SELECT max(rolled_at) FROM raffle_roll WHERE viewer_id = NEW.viewer_id AND voided_at IS NULL),
        (closest, closest_id) = (
            SELECT distance, id FROM raffle_roll WHERE viewer_id = NEW.viewer_id AND voided_at IS NULL AND distance > 0
            ORDER BY distance, rolled_at, id LIMIT 1
        )
    WHERE viewer_id = NEW.viewer_id;
END;

-- And this: an achievement of a viewer is unlocked in one place more (by = 1) or
-- one less (-1), or at another time (0).
CREATE VIEW achievement_unlock AS SELECT viewer_id, achievement_id, session, 1 AS by FROM achievement WHERE unlocked_seq IS NOT NULL;

CREATE TRIGGER achievement_unlock_change INSTEAD OF INSERT ON achievement_unlock BEGIN
    INSERT INTO achievement_total (achievement_id, holders) VALUES (NEW.achievement_id, 0) ON CONFLICT (achievement_id) DO NOTHING;
    INSERT INTO achievement_leader (viewer_id, different, times) VALUES (NEW.viewer_id, 0, 0) ON CONFLICT (viewer_id) DO NOTHING;
    UPDATE achievement_leader SET times = times + NEW.by, unlocked_at = (SELECT max(unlocked_at) FROM achievement WHERE viewer_id = NEW.viewer_id)
    WHERE viewer_id = NEW.viewer_id;
    UPDATE achievement_leader SET different = different + NEW.by WHERE viewer_id = NEW.viewer_id AND NOT EXISTS (
        SELECT 1 FROM achievement WHERE viewer_id = NEW.viewer_id AND achievement_id = NEW.achievement_id AND session <> NEW.session AND unlocked_seq IS NOT NULL);
    UPDATE achievement_total SET holders = holders + NEW.by WHERE achievement_id = NEW.achievement_id AND NOT EXISTS (
        SELECT 1 FROM achievement WHERE viewer_id = NEW.viewer_id AND achievement_id = NEW.achievement_id AND session <> NEW.session AND unlocked_seq IS NOT NULL);
END;

CREATE TRIGGER achievement_made AFTER INSERT ON achievement WHEN NEW.unlocked_at IS NOT NULL BEGIN
    INSERT INTO achievement_unlock VALUES (NEW.viewer_id, NEW.achievement_id, NEW.session, 1);
END;

CREATE TRIGGER achievement_changed AFTER UPDATE OF unlocked_at ON achievement WHEN NEW.unlocked_at IS NOT OLD.unlocked_at BEGIN
    INSERT INTO achievement_unlock VALUES (NEW.viewer_id, NEW.achievement_id, NEW.session, (NEW.unlocked_at IS NOT NULL) - (OLD.unlocked_at IS NOT NULL));
END;

CREATE TRIGGER achievement_gone AFTER DELETE ON achievement WHEN OLD.unlocked_at IS NOT NULL BEGIN
    INSERT INTO achievement_unlock VALUES (OLD.viewer_id, OLD.achievement_id, OLD.session, -1);
END;
-- +goose StatementEnd
