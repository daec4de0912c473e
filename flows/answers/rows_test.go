package answers

import (
	"strings"
	"testing"
)

// row is a line of the map of the two source documents: what is asked about it, and what the answer must say.
type row struct{ id, ask, must string }

var announcement = []row{
	{"A01", "what is the title of the workshop", "Victim-Centered Approach: Identification, Assistance and Protection"},
	{"A02", "when and where is the workshop", "31 March"}, {"A03", "what does the 2018 UNODC report say", "upward trend"},
	{"A04", "is there a link between efforts and convictions in the unodc report", "close linkage"},
	{"A05", "what does the 2018 TIP report show", "very similar trend"},
	{"A06", "what is the trend of trafficking over the last ten years", "effective"},
	{"A07", "what gaps and challenges are there", "misconceptions"},
	{"A08", "how many victims were there in 2018", "85,613"}, {"A09", "how many victims of forced labour", "11,003"},
	{"A10", "are these figures conservative estimates", "clandestine"},
	{"A11", "does trafficking happen within the region", "intra-regionally"},
	{"A12", "what does 97 % mean", "area of origin and of detection"},
	{"A13", "why is the understanding of authorities important", "prosecution and prevention"},
	{"A14", "who organises the workshop", "Regional Support Office"}, {"A15", "what is the purpose of the workshop", "promoting"},
	{"A16", "is it an advanced course", "advanced"}, {"A17", "who are the experts", "IOM, UNODC and UN-ACT"},
	{"A18", "what is CIFAL Jeju", "knowledge hub"}, {"A19", "which SDG targets", "5.2, 8.7 and 16.2"},
	{"A20", "what are the 3Ps", "prevention"},
	{"A21", "what are the event objectives", "platform for good practices"}, {"A22", "objectives of the event", "various scenarios"},
	{"A23", "objectives please", "legal instruments"}, {"A24", "aims of the workshop", "inter-agency"},
	{"A25", "objective about information campaigns", "vulnerable communities"},
	{"A26", "learning objectives", "smuggling"}, {"A27", "what will i learn", "trends"},
	{"A28", "what will i learn about consultative processes", "regional consultative"},
	{"A29", "what skills will we gain", "best practices"}, {"A30", "what is CityShare", "rate and compare"},
	{"A31", "what is module 1", "Understanding the Concepts"}, {"A32", "what is module 2", "International Legal Frameworks"},
	{"A33", "what is module 3", "3Ps & Awareness Raising"}, {"A34", "what is module 4", "Regional and International Cooperation"},
	{"A35", "what is module 5", "Engaging in Action Plan"},
	{"A36", "which methods are used", "lectures"}, {"A37", "are there practical exercises", "exercises and group discussion"},
	{"A38", "methodology of the training", "CityShare"}, {"A39", "do we present an action plan", "action plan presentation"},
	{"A40", "is there a study visit", "study visit"},
	{"A41", "who can apply from a government", "senior or mid level government officials"},
	{"A42", "can ngo people apply", "senior level"}, {"A43", "which countries are the selected countries", "does not list them"},
	{"A44", "must i work directly in the field", "directly work"}, {"A45", "how many years of experience", "more than five years"},
	{"A46", "is it a workshop or a course for beginners", "It is a workshop"}, {"A47", "dates of the workshop", "3 April 2020"},
	{"A48", "what is the venue", "Jeju International Training Center"}, {"A49", "who are the organisers", "UNITAR CIFAL Jeju"},
	{"A50", "what is the website", "baliprocess.net"}, {"A51", "who issues the certificate", "jointly"},
	{"A52", "what is the registration form", "registration form"}, {"A53", "is there pre-training reading", "readings and assignments"},
	{"A54", "do i have to participate actively", "actively participate"}, {"A55", "must i speak english", "fluent"},
	{"A56", "do i need a laptop", "personal laptop"}, {"A57", "how many documents", "7 documents"},
	{"A58", "where do i send the documents", "cifaljeju.jitc.1@gmail.com"}, {"A59", "what is the deadline", "14 February 2020 (Friday)"},
	{"A60", "application form", "document 1"}, {"A61", "letter of commitment", "document 2"},
	{"A62", "waiver and release of liability", "document 3"}, {"A63", "consent to personal information", "document 4"},
	{"A64", "how long must the case study be", "one-page"}, {"A65", "letter of nomination", "official seal"},
	{"A66", "curriculum vitae", "own format"}, {"A67", "where can i download the forms", "cifaljeju.org"},
	{"A68", "can i apply late", "NOT be accepted"}, {"A69", "what if a document is missing", "NOT be processed"},
	{"A70", "is my participation guaranteed", "subject to approval"}, {"A71", "will everybody be notified", "Only selected applicants"},
	{"A72", "is the full airfare paid", "LIMITED"},
	{"A73", "airfare from south korea", "KRW 150,000"}, {"A74", "airfare from chinese taipei", "US$ 300"},
	{"A75", "airfare from mongolia", "US$ 550"}, {"A76", "airfare from brunei", "US$ 450"}, {"A77", "airfare from laos", "US$ 650"},
	{"A78", "airfare from bhutan", "US$ 800"}, {"A79", "airfare from bangladesh", "US$ 850"}, {"A80", "airfare from nepal", "US$ 950"},
	{"A81", "airfare from tuvalu", "US$ 1,200"}, {"A82", "airfare from fiji", "contact UNITAR CIFAL Jeju/JITC"},
	{"A83", "show me the whole airfare table", "Nepal: US$ 950"}, {"A84", "are hotel and meals covered", "accommodation"},
	{"A85", "what do i have to pay myself", "visa fee"}, {"A86", "explain the abbreviations", "JITC"},
}

var article = []row{
	{"B01", "2014 dates of the workshop and the article", "11 June 2014"}, {"B02", "how many participants in 2014", "eleven"},
	{"B03", "from how many countries in 2014", "eight"}, {"B04", "was there an observer in 2014", "Taipei Mission"},
	{"B05", "how long was the 2014 workshop", "three days"}, {"B06", "who hosted the 2014 workshop", "Regional Support Office"},
	{"B07", "was the 2014 workshop the first with the rso", "second"}, {"B08", "2014 human security", "human security"},
	{"B09", "were good practices exchanged in the 2014 workshop", "good practices"}, {"B10", "2014 local implementation of strategies", "local implementation"},
	{"B11", "2014 inter-agency coordination", "coordination"}, {"B12", "experts of the 2014 workshop", "Banibandana Pattanaik"},
	{"B13", "sessions of 2014", "data and information exchange"}, {"B14", "which countries were represented in 2014", "Mongolia"},
	{"B15", "were ngos and government represented in 2014", "local government"}, {"B16", "group work in 2014", "campaign raising awareness"},
	{"B17", "group activities in 2014", "identified victims"}, {"B18", "2014 checklist exercise", "checklist"},
	{"B19", "2014 vocational training", "vocational training"}, {"B20", "were participants satisfied in 2014", "useful"},
	{"B21", "would they recommend the 2014 workshop", "recommend it"}, {"B22", "did 2014 participants learn something new", "something new"},
	{"B23", "2014 participants: will they use it, feedback", "likely use"}, {"B24", "most useful session in 2014", "Victim Identification"},
	{"B25", "second best session in 2014", "Introducing the 3P Approach"}, {"B26", "tell me about the 2014 workshop", "2014"},
}

func TestEveryRowOfTheAnnouncementCanBeAsked(t *testing.T) {
	x := index(t, "vca-jeju-2020")
	for _, r := range append(announcement, article...) {
		ask(t, x, r)
	}
}

func TestEveryRowOfTheArticleCanBeAsked(t *testing.T) {
	x := index(t, "vca-jeju-2014")
	for _, r := range article {
		ask(t, x, r)
	}
}

func ask(t *testing.T, x *Index, r row) {
	t.Helper()
	a := x.Answer(r.ask)
	if !strings.Contains(strings.ToLower(a.Text), strings.ToLower(r.must)) {
		t.Errorf("%s %q: %s says %q, not %q", r.id, r.ask, a.Intent, a.Text, r.must)
	}
}
