package answers

import (
	"strings"
	"testing"
)

// Nobody is answered as what they say they are not, and no count of years is made up.
func TestClaims(t *testing.T) {
	x := index(t, "vca-jeju-2020")
	for text, not := range map[string]string{
		"I do NOT work for government":                        "Government officials, police",
		"we are not an NGO":                                   "Representatives of NGOs",
		"I am a project officer (not senior) at NGO":          "Senior representatives",
		"I am no longer working in the police":                "Government officials, police",
		"공무원이 아닌데요":                                           "Government officials, police",
		"saya bukan dari polisi, boleh daftar?":               "Government officials, police",
		"less than five years experience but very motivated":  "Exactly",
		"i have only four and a half years of experience":     "0 years",
		"20 years in police but only 1 in human trafficking":  "as preferred",
		"10 years in police and 2 years in human trafficking": "as preferred",
		"pengalaman kurang dari 5 tahun":                      "Exactly",
		"I have 4.5 years of experience":                      "Exactly",
	} {
		if a := x.Answer(text); strings.Contains(a.Text, not) || !strings.HasPrefix(a.Intent, "eligibility") {
			t.Errorf("%q: %s: %s", text, a.Intent, a.Text)
		}
	}
	for text, say := range map[string]string{
		"i have only four and a half years of experience": "4½ years is not more",
		"I have 5.5 years of experience":                  "5½ years is more",
		"my experience is four and half years":            "4½ years is not more",
		"my experience is 5 years and 2 months":           "More than five years is what",
		"4 years 11 months in anti trafficking, ok?":      "4 years is not more",
		"경력 3년인데 가능한가요":                                   "3 years is not more",
		"kinh nghiệm của tôi là 3 năm":                    "3 years is not more",
		"경력 5년 미만인데 되나요":                                  "not more than five years",
		"I have more than five years of experience":       "More than five years is what",
		"I am a police officer, not an NGO":               "Government officials, police",
		"not only police but also an NGO can apply?":      "in the target audience",
		"saya sudah lima tahun bekerja, bisa daftar?":     "Exactly 5 years",
	} {
		if a := x.Answer(text); !strings.Contains(a.Text, say) {
			t.Errorf("%q: %s: %s", text, a.Intent, a.Text)
		}
	}
}
