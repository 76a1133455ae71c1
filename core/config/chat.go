package config

import (
	"strings"
	"time"

	"sidestage/core/chat"
)

// commands are the settings of the built-in chat commands.
func commands() []setting {
	var rows []setting
	for _, b := range chat.Builtins() {
		use := func(s *Settings) *chat.Use {
			if s.Chat.Commands == nil {
				s.Chat.Commands = map[string]*chat.Use{}
			}
			if s.Chat.Commands[b.Name] == nil {
				s.Chat.Commands[b.Name] = &chat.Use{}
			}
			return s.Chat.Commands[b.Name]
		}
		key := "chat.commands." + b.Name + "."
		for _, row := range []setting{
			boolean(key+"enabled", b.Use.Enabled, func(s *Settings) *bool { return &use(s).Enabled }, "Answer !"+b.Name+". "+b.Doc),
			role(key+"role", b.Use.Role, func(s *Settings) *chat.Role { return &use(s).Role }, "The weakest role that may use it."),
			duration(key+"cooldown", brief(b.Use.Cooldown), func(s *Settings) *time.Duration { return &use(s).Cooldown }, 0, chat.MaxCooldown,
				"The least time between two uses. Moderators need not wait."),
			duration(key+"viewer_cooldown", brief(b.Use.ViewerCooldown), func(s *Settings) *time.Duration { return &use(s).ViewerCooldown }, 0, chat.MaxCooldown,
				"The least time between two uses by one viewer."),
			list(key+"aliases", b.Use.Aliases, func(s *Settings) *[]string { return &use(s).Aliases }, chat.CheckName,
				"Other names it has."),
		} {
			rows = append(rows, row.atOnce())
		}
	}
	return rows
}

func role(key string, def chat.Role, at func(*Settings) *chat.Role, doc string) setting {
	return setting{
		key: key, def: string(def), doc: doc, want: wantText, copy: copying(at),
		get: func(s *Settings) any { return string(*at(s)) },
		set: func(s *Settings, v string) (err error) {
			*at(s), err = chat.ParseRole(v)
			return err
		},
	}
}

// sentences are the settings of what the program says in chat.
func sentences() []setting {
	var rows []setting
	for _, sentence := range chat.Sentences() {
		rows = append(rows, wording(sentence).atOnce())
	}
	return rows
}

// wording is how a sentence is worded; Settings hold it only where that is not
// the default.
func wording(sentence chat.Sentence) setting {
	get := func(s *Settings) string {
		if own, ok := s.Chat.Text[sentence.Key]; ok {
			return own
		}
		return sentence.Text
	}
	put := func(s *Settings, text string) {
		delete(s.Chat.Text, sentence.Key)
		if text == sentence.Text {
			return
		}
		if s.Chat.Text == nil {
			s.Chat.Text = map[string]string{}
		}
		s.Chat.Text[sentence.Key] = text
	}
	doc := sentence.Doc
	if len(sentence.Holders) > 0 {
		doc += " {" + strings.Join(sentence.Holders, "} {") + "}"
	}
	return setting{
		key: "chat.text." + sentence.Key, def: sentence.Text, doc: doc, want: wantText,
		get:  func(s *Settings) any { return get(s) },
		copy: func(to, from *Settings) { put(to, get(from)) },
		set: func(s *Settings, v string) error {
			if err := sentence.Check(v); err != nil {
				return err
			}
			put(s, v)
			return nil
		},
	}
}

// commandNames makes sure that no two commands share a name.
func (ld *loader) commandNames() {
	owner := map[string]string{}
	for _, b := range chat.Builtins() {
		owner[b.Name] = b.Name
	}
	for _, b := range chat.Builtins() {
		key := "chat.commands." + b.Name + ".aliases"
		for _, alias := range ld.Chat.Commands[b.Name].Aliases {
			if other, taken := owner[alias]; taken {
				ld.problem(ld.place(key), key, "!%s is the command %s already", alias, other)
				continue
			}
			owner[alias] = b.Name
		}
	}
}

// Texts words the sentences for chat as the settings say.
func (c Chat) Texts() chat.Texts {
	texts, _ := chat.NewTexts(c.Text) // each was checked when it was set
	return texts
}

// Uses says how each built-in command may be used, by name.
func (c Chat) Uses() map[string]chat.Use {
	uses := map[string]chat.Use{}
	for name, use := range c.Commands {
		uses[name] = *use
	}
	return uses
}
