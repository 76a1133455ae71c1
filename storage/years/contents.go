package years

// contents fills the tables. Everything follows from numbers: deed k of all is a
// request when 6 divides k, and else a roll; scramble spreads k over 32 bits,
// every one once; who is one of the viewers, most often one of the first; at is
// in one of the streams, of four hours, which are spread over five years.
var contents = []string{
	`CREATE TEMP TABLE deed AS
		WITH RECURSIVE n (k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM n, size WHERE k + 1 < 6 * requests),
		spread AS (SELECT k, k * 2654435761 % 4294967296 AS scramble, k * streams / (6 * requests) AS stream, viewers, streams, requests FROM n, size)
		SELECT k, stream, scramble, CAST(viewers * pow(scramble / 4294967296.0, 3) AS INTEGER) AS who,
			1604188800000 + stream * 157680000000 / streams + CAST((k * 1.0 * streams / (6 * requests) - stream) * 14400000 AS INTEGER) AS at,
			printf('%08x-%04x-4%03x-8%03x-%012x', scramble, scramble % 65521, k % 4093, scramble % 4091, k * 40503) AS id,
			k % 6 = 0 AS song, scramble % 25 = 0 AS refunded
		FROM spread`,

	`INSERT INTO viewer (id, login, name, updated_at)
		WITH RECURSIVE n (v) AS (SELECT 0 UNION ALL SELECT v + 1 FROM n, size WHERE v + 1 < viewers)
		SELECT 100000000 + v, 'viewer' || v, 'Viewer' || v, 1604188800000 FROM n`,

	`INSERT INTO stream_session (id, stream_id, started_at, online_at, ended_at, peak_viewers)
		SELECT stream + 1, 4000000000 + stream, min(at), min(at), min(at) + 14400000, 90 + stream % 50 FROM deed GROUP BY stream`,
	`INSERT INTO stream_sample (session_id, at, viewers)
		WITH RECURSIVE n (minute) AS (SELECT 0 UNION ALL SELECT minute + 1 FROM n WHERE minute < 239)
		SELECT id, started_at + minute * 60000, 40 + minute % 50 FROM stream_session, n`,
	`INSERT INTO raffle_seed (id, scope, session_id, highest, hash, seed, committed_at, ended_at, revealed_at)
		SELECT id, 'session', id, 10000, hex(zeroblob(32)), hex(zeroblob(32)), started_at, ended_at, ended_at FROM stream_session`,

	`INSERT INTO redemption (id, reward_id, reward, viewer_id, input, cost, redeemed_at, received_at, status, settled_at)
		SELECT id, iif(song, '4bb12aa3-7d55-4124-835c-32e01dcf298d', '1ba5b002-f657-4843-bfeb-6b0c2df78dc0'), iif(song, 'song', 'raffle'), 100000000 + who,
			iif(song, 'https://open.spotify.com/track/2oNBVQrKgiM7XdPB6hUOOz', ''), iif(song, 500, 200), at, at, iif(refunded, 'canceled', 'fulfilled'), at + 500
		FROM deed ORDER BY id`,

	// What waits are the last requests, few as in a queue.
	`CREATE TEMP TABLE request AS
		SELECT deed.*, printf('%022d', scramble * 31 % 9973 * pow(scramble % 101 / 101.0, 2)) AS track,
			CASE WHEN k > 6 * (requests - 15) THEN 'pending' WHEN refunded THEN 'withdrawn' WHEN scramble % 12 = 0 THEN 'skipped' ELSE 'heard' END AS state
		FROM deed, size WHERE song`,
	`INSERT INTO song_request (id, viewer_id, track_id, track, redeemed_at, accepted_at, fulfil, state, reason)
		SELECT id, 100000000 + who, track, json_object('id', track, 'uri', 'spotify:track:' || track, 'name', 'Song number ' || track,
				'artists', json_array('Artist ' || (track % 499)), 'album', 'An album of it', 'coverUrl', 'https://i.scdn.co/image/bdaa406a401e7c2c64627cfe4df84981d8e570e7',
				'duration', 214000000000, 'isrc', printf('QZ%010d', track)),
			at, at + 5, 'handed-over', state, iif(state = 'withdrawn', 'refunded', '')
		FROM request ORDER BY k`,
	`INSERT INTO song_handover (request_id, added_at, at, started_at, progress_ms, unwanted, surplus, ended_at)
		SELECT id, at + 1000, at + 1100, at + 60000, 200000, 0, 0, at + 260000 FROM request WHERE state IN ('heard', 'skipped') ORDER BY k`,
	`INSERT INTO song_play (request_id, started_at, ended_at, outcome)
		SELECT id, at + 60000, at + 260000, state FROM request WHERE state IN ('heard', 'skipped') ORDER BY id`,

	`INSERT INTO raffle_roll (id, viewer_id, seed_id, winning_number, roll, distance, record, rolled_at, announced_at, voided_at)
		SELECT id, 100000000 + who, stream + 1, 1 + scramble % 10000, 1 + k * 7919 % 10000, abs(scramble % 10000 - k * 7919 % 10000), 0, at + 5,
			iif(refunded, NULL, at + 300), iif(refunded, at + 300, NULL)
		FROM deed WHERE NOT song ORDER BY k`,

	// What is forgotten after a month, a thirtieth of what there is at the end.
	`INSERT INTO saga (id, kind, version, state, params, ordered_at, waiting_for, committed_at, created_at, updated_at)
		SELECT id, iif(song, 'song-request', 'keyboard-raffle'), 1,
			CASE WHEN k > 6 * (requests - 15) AND song THEN 'waiting' WHEN refunded THEN 'compensated' ELSE 'completed' END,
			json_object('id', id, 'rewardId', '4bb12aa3-7d55-4124-835c-32e01dcf298d', 'cost', 500, 'status', 'unfulfilled',
				'viewer', json_object('id', 100000000 + who, 'login', 'viewer' || who, 'name', 'Viewer' || who)),
			at, iif(k > 6 * (requests - 15) AND song, 'turn', ''), at + 500, at, at + 600
		FROM deed, size WHERE k > 6 * requests - 6 * requests / 60 ORDER BY id`,
	`INSERT INTO saga_step (saga_id, seq, name, state, attempt, result, started_at, ended_at)
		WITH RECURSIVE n (seq) AS (SELECT 1 UNION ALL SELECT seq + 1 FROM n WHERE seq < 8)
		SELECT id, seq, 'step-' || seq, 'succeeded', 1, json_object('status', 'fulfilled', 'at', '2026-11-27T00:46:32.851Z'), ordered_at, ordered_at + seq
		FROM saga, n ORDER BY id, seq`,
	`INSERT INTO receipt (id, type, state, received_at)
		SELECT id, 'channel.channel_points_custom_reward_redemption.add', 'done', at FROM deed, size WHERE k > 6 * requests - 6 * requests / 240 ORDER BY id`,

	// The journal is not all there would be, a record for every deed and stream.
	`INSERT INTO journal (type, version, at, subject, data)
		SELECT iif(song, 'song.requested', 'raffle.rolled'), 1, at, id, iif(song,
			json_object('requestId', id, 'viewer', json_object('id', 100000000 + who, 'login', 'viewer' || who, 'name', 'Viewer' || who),
				'trackId', '2oNBVQrKgiM7XdPB6hUOOz', 'title', 'A song', 'artists', json_array('An artist')),
			json_object('rollId', id, 'viewer', json_object('id', 100000000 + who, 'login', 'viewer' || who, 'name', 'Viewer' || who),
				'roll', 1 + k * 7919 % 10000, 'winningNumber', 1 + scramble % 10000, 'distance', abs(scramble % 10000 - k * 7919 % 10000)))
		FROM deed ORDER BY k`,
	`INSERT INTO journal (type, version, at, subject, data)
		SELECT 'error.happened', 1, started_at, '', json_object('kind', 'unavailable', 'place', 'place ' || (id % 7), 'times', 1 + id % 3, 'message', 'dial: refused')
		FROM stream_session ORDER BY id`,
	`INSERT INTO consumer (name, seq) SELECT 'achievements', max(seq) FROM journal`,

	// Achievements: for ever, in every stream, and the first of every stream.
	`INSERT INTO achievement (viewer_id, achievement_id, session, count, unlocked_seq, unlocked_at)
		WITH sum AS MATERIALIZED (
			SELECT 100000000 + who AS viewer, sum(song) AS requests, sum(NOT song) AS rolls, max(k) + 1 AS seq, max(at) AS at FROM deed WHERE NOT refunded GROUP BY who
		), goal (id, song, threshold) AS (
			VALUES ('first_request', 1, 1), ('request_10', 1, 10), ('request_50', 1, 50), ('request_100', 1, 100),
				('first_roll', 0, 1), ('roll_25', 0, 25), ('roll_100', 0, 100), ('close_call', 0, 1)
		)
		SELECT viewer, id, '', min(iif(song, requests, rolls), threshold),
			iif(iif(song, requests, rolls) >= threshold, seq, NULL), iif(iif(song, requests, rolls) >= threshold, at, NULL)
		FROM sum, goal WHERE iif(song, requests, rolls) > 0 ORDER BY viewer, id`,
	`INSERT INTO achievement (viewer_id, achievement_id, session, count, unlocked_seq, unlocked_at)
		WITH sum AS MATERIALIZED (SELECT 100000000 + who AS viewer, stream + 1 AS session, count(*) AS n, max(k) + 1 AS seq, max(at) AS at FROM deed WHERE song AND NOT refunded GROUP BY who, stream),
		goal (id, threshold) AS (VALUES ('streak_3', 3), ('streak_5', 5))
		SELECT viewer, id, session, min(n, threshold), iif(n >= threshold, seq, NULL), iif(n >= threshold, at, NULL) FROM sum, goal ORDER BY viewer, id, session`,
	`INSERT INTO achievement (viewer_id, achievement_id, session, count, unlocked_seq, unlocked_at)
		SELECT 100000000 + who, 'stream_opener', stream + 1, 1, k + 1, at FROM (SELECT *, min(k) FROM deed WHERE song GROUP BY stream) ORDER BY who, stream`,

	`DROP TABLE deed`,
	`DROP TABLE request`,
}

// totals counts what the triggers would have.
var totals = []string{
	`INSERT INTO viewer_total (viewer_id, points, refunded, redeemed_at, requests, requested_at, heard, heard_at, rolls, wins, rolled_at, closest, closest_id)
		WITH part (viewer, points, refunded, redeemed, requests, requested, heard, heard_at, rolls, wins, rolled) AS (
			SELECT viewer_id, sum(cost) FILTER (WHERE status = 'fulfilled'), sum(cost) FILTER (WHERE status = 'canceled'), max(redeemed_at), 0, NULL, 0, NULL, 0, 0, NULL
			FROM redemption GROUP BY viewer_id
			UNION ALL
			SELECT viewer_id, 0, 0, NULL, count(*), max(redeemed_at), sum(state = 'heard'), max(redeemed_at) FILTER (WHERE state = 'heard'), 0, 0, NULL
			FROM song_request GROUP BY viewer_id
			UNION ALL
			SELECT viewer_id, 0, 0, NULL, 0, NULL, 0, NULL, count(*), sum(distance = 0), max(rolled_at) FROM raffle_roll WHERE voided_at IS NULL GROUP BY viewer_id
		), best AS (
			SELECT viewer_id, distance, id FROM (
				SELECT viewer_id, distance, id, row_number() OVER (PARTITION BY viewer_id ORDER BY distance, rolled_at, id) AS place
				FROM raffle_roll WHERE voided_at IS NULL AND distance > 0
			) WHERE place = 1
		)
		SELECT viewer, sum(coalesce(points, 0)), sum(coalesce(refunded, 0)), max(redeemed), sum(requests), max(requested), sum(heard), max(heard_at),
			sum(rolls), sum(wins), max(rolled), best.distance, best.id
		FROM part LEFT JOIN best ON best.viewer_id = viewer GROUP BY viewer`,
	`INSERT INTO track_total (track_id, heard, heard_at) SELECT track_id, count(*), max(redeemed_at) FROM song_request WHERE state = 'heard' GROUP BY track_id`,
	`INSERT INTO achievement_leader (viewer_id, different, times, unlocked_at)
		SELECT viewer_id, count(DISTINCT achievement_id), count(*), max(unlocked_at) FROM achievement WHERE unlocked_seq IS NOT NULL GROUP BY viewer_id`,
	`INSERT INTO achievement_total (achievement_id, holders)
		SELECT achievement_id, count(DISTINCT viewer_id) FROM achievement WHERE unlocked_seq IS NOT NULL GROUP BY achievement_id`,
}
