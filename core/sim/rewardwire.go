package sim

import "time"

// rewardAnswer is a custom reward as Helix writes it.
type rewardAnswer struct {
	BroadcasterID    string     `json:"broadcaster_id"`
	BroadcasterLogin string     `json:"broadcaster_login"`
	BroadcasterName  string     `json:"broadcaster_name"`
	ID               string     `json:"id"`
	Title            string     `json:"title"`
	Prompt           string     `json:"prompt"`
	Cost             int        `json:"cost"`
	Image            *imageSet  `json:"image"` // null unless uploaded
	DefaultImage     imageSet   `json:"default_image"`
	Colour           string     `json:"background_color"`
	Enabled          bool       `json:"is_enabled"`
	Input            bool       `json:"is_user_input_required"`
	PerStream        perStream  `json:"max_per_stream_setting"`
	PerUser          perUser    `json:"max_per_user_per_stream_setting"`
	CoolDown         coolDown   `json:"global_cooldown_setting"`
	Paused           bool       `json:"is_paused"`
	InStock          bool       `json:"is_in_stock"`
	SkipQueue        bool       `json:"should_redemptions_skip_request_queue"`
	Redeemed         *int       `json:"redemptions_redeemed_current_stream"` // null while offline
	CoolDownExpires  *time.Time `json:"cooldown_expires_at"`
}

type imageSet struct {
	Small  string `json:"url_1x"`
	Medium string `json:"url_2x"`
	Large  string `json:"url_4x"`
}

type perStream struct {
	On bool `json:"is_enabled"`
	N  int  `json:"max_per_stream"`
}

type perUser struct {
	On bool `json:"is_enabled"`
	N  int  `json:"max_per_user_per_stream"`
}

type coolDown struct {
	On bool `json:"is_enabled"`
	N  int  `json:"global_cooldown_seconds"`
}

const defaultImage = "https://static-cdn.jtvnw.net/custom-reward-images/default-"

func (s *Sim) rewardAnswer(r *reward) rewardAnswer {
	b := s.opt.Broadcaster
	a := rewardAnswer{
		BroadcasterID: b.ID, BroadcasterLogin: b.Login, BroadcasterName: b.Name,
		ID: r.ID, Title: r.Title, Prompt: r.Prompt, Cost: r.Cost,
		DefaultImage: imageSet{Small: defaultImage + "1.png", Medium: defaultImage + "2.png", Large: defaultImage + "4.png"},
		Colour:       r.Colour, Enabled: r.Enabled, Input: r.Input, Paused: r.Paused, InStock: true, SkipQueue: r.SkipQueue,
		PerStream: perStream(r.PerStream), PerUser: perUser(r.PerUser), CoolDown: coolDown(r.CoolDown),
	}
	if s.state.Stream.Live {
		n := s.state.redeemedSince(r.ID, s.state.Stream.Since)
		a.Redeemed = &n
	}
	return a
}
