// Package answers leads a question in plain words to a topic of the event pack.
//
// It hides how the question is read: words are folded and, where mistyped, set right against the pack's own
// vocabulary; words and phrases become concepts ("ticket", "plane" and "pasaje" are one); topics state by rules
// over concepts when they are meant, and by example phrases how people ask. What is known from tables (airfare)
// or from what the person says about themselves (eligibility) is composed, sentence by sentence, from texts of the
// pack. No sentence that a guest reads stands in this package.
//
// Where two topics are named with nearly the same score, both are answered.
//
// It promises: the same question always gets the same answer; an amount is printed only when it was read from the
// airfare table for a place that was named; a place that is not in the table gets no amount at all; nobody is told
// that they are selected; no input, however odd, is an error, and only its first 2,000 characters are read.
//
// It is separate because it is pure: a pack goes in, an immutable Index comes out, and nothing of conversations,
// stores or platforms is needed to test it on thousands of questions.
package answers
