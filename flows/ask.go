package flows

// /ask without a question asks for it; any question can be typed at any time anyway.
func askFlow() *Flow {
	return &Flow{Name: "ask", Light: true, Steps: []Step{{
		Name: "question",
		Ask: func(t *Turn) {
			t.Say("ask.question")
		},
		Take: func(t *Turn, in Input) bool {
			if in.Text == "" {
				return false
			}
			t.Done()
			t.moved = t.top() != nil
			t.reply(in.Text, t.Event.Answers.Answer(in.Text))
			return true
		},
		Free: true,
	}}}
}

// beginAsk is /ask, with or without a question.
func beginAsk(t *Turn, question string) {
	if question == "" {
		t.Push("ask", "question")
		return
	}
	t.reply(question, t.Event.Answers.Answer(question))
	t.asked = t.top() != nil
}
