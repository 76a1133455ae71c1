package sim

import (
	"strings"

	"sidestage/core"
)

// regulars are the viewers who are there, made up like everything here: login
// and display name.
var regulars = [...]struct{ login, name, badge string }{
	{"kai_builds", "kai_builds", Subscriber},
	{"lunaverse", "LunaVerse", VIP},
	{"mo_types", "Mo_Types", ""},
	{"adathelovely", "AdaTheLovely", Moderator},
	{"ren_yoru", "夜のレン", Subscriber},
	{"pipsqueak_42", "PipSqueak_42", ""},
	{"zoe_codes", "zoe_codes", ""},
	{"gearhead_gus", "Gearhead_Gus", ""},
	{"haneul88", "하늘", ""},
	{"tactiletom", "TactileTom", Subscriber},
	{"linearlinda", "LinearLinda", ""},
	{"thockmaster", "THOCKMASTER", ""},
	{"nightowl_nia", "NightOwl_Nia", VIP},
	{"oskar_nord", "oskar_nord", ""},
	{"cafe_con_leche", "Cafe_con_Leche", ""},
	{"xiaoyu_fm", "小雨電台", ""},
	{"bitcrusher", "bitcrusher", ""},
	{"mellowmarek", "MellowMarek", Subscriber},
	{"quietquill", "QuietQuill", ""},
	{"dj_sprout", "DJ_Sprout", ""},
	{"velourvic", "VelourVic", ""},
	{"samovar", "samovar", ""},
	{"copperkettle", "CopperKettle", ""},
	{"a_very_long_login_name_25", "A_Very_Long_Login_Name_25", ""},
	{"ivy_q", "ivy_q", ""},
}

// cast is everyone who is there but the streamer.
func (s *Sim) cast() []core.Viewer {
	all := make([]core.Viewer, 0, len(regulars))
	for _, r := range regulars {
		all = append(all, core.Viewer{ID: userID(r.login), Login: r.login, Name: r.name})
	}
	return all
}

// Viewer is the person with a login, or display name, in any case: the
// streamer, one of the regulars, or else somebody new of that name.
func (s *Sim) Viewer(login string) core.Viewer {
	if b := s.opt.Broadcaster; strings.EqualFold(login, b.Login) || strings.EqualFold(login, b.Name) {
		return b
	}
	for _, r := range regulars {
		if strings.EqualFold(login, r.login) || strings.EqualFold(login, r.name) {
			return core.Viewer{ID: userID(r.login), Login: r.login, Name: r.name}
		}
	}
	lower := strings.ToLower(login)
	return core.Viewer{ID: userID(lower), Login: lower, Name: login}
}
