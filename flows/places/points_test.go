package places

import (
	"strings"
	"testing"
)

// The 29 departure points of the announcement with what people call them.
var points = map[string]string{
	"KR": "South Korea; Seoul; Busan; Incheon; Daegu; Gwangju; Republic of Korea; ROK; 한국; 대한민국; Korea (South); S. Korea; Korea, Republic of",
	"CN": "China; Beijing; Peking; Shanghai; Guangzhou; Shenzhen; Kunming; PRC; mainland China; 中国; People's Republic of China",
	"HK": "Hong Kong; Hong Kong SAR; HKSAR; HK; 香港; Hong Kong, China; Hongkong",
	"MO": "Macau; Macao; Macao SAR; 澳門; 澳门; Macao, China",
	"JP": "Japan; Tokyo; Osaka; Nagoya; Fukuoka; 日本; Nippon; 東京",
	"TW": "Chinese Taipei; Taipei; Taiwan; Kaohsiung; Taichung; 臺北; 台灣; 台湾; Taiwan, Province of China",
	"MN": "Mongolia; Ulaanbaatar; Ulan Bator; Монгол; Улаанбаатар",
	"BN": "Brunei Darussalam; Bandar Seri Begawan; Brunei",
	"ID": "Indonesia; Jakarta; Surabaya; Medan; Denpasar; Bali; Makassar; Kupang; Jayapura; Bandung; West Papua; Batam",
	"MY": "Malaysia; Kuala Lumpur; KL; Putrajaya; Penang; Kota Kinabalu; Kuching; Sabah; Johor Bahru",
	"PH": "Philippines; Manila; Quezon City; Cebu; Davao; Pilipinas; the Philippines; Baguio; General Santos",
	"SG": "Singapore; SG; 新加坡; Singapura",
	"TH": "Thailand; Bangkok; Chiang Mai; Mae Sot; ประเทศไทย; กรุงเทพฯ; Siam; Chiang Rai",
	"VN": "Vietnam; Hanoi; Ho Chi Minh City; Saigon; Da Nang; Viet Nam; Việt Nam; HCMC; Đà Nẵng; Hải Phòng; Can Tho",
	"KH": "Cambodia; Phnom Penh; Siem Reap; Kampuchea; កម្ពុជា; Battambang; Sihanoukville; Poipet",
	"LA": "Lao PDR; Vientiane; Laos; Luang Prabang; Lao People's Democratic Republic; ລາວ; Savannakhet; Pakse",
	"MM": "Myanmar; Nay Pyi Taw; Naypyidaw; Yangon; Rangoon; Mandalay; Burma; မြန်မာ; Myawaddy",
	"BT": "Bhutan; Thimphu; Paro; འབྲུག; Phuentsholing; Druk Yul",
	"IN": "India; New Delhi; Delhi; Mumbai; Bombay; Kolkata; Calcutta; Chennai; Bengaluru; Guwahati; भारत; Madras; Imphal; West Bengal; Assam",
	"MV": "Maldives; Malé; Maldive; Male, Maldives; ދިވެހިރާއްޖެ; Addu City",
	"PK": "Pakistan; Islamabad; Karachi; Lahore; Peshawar; Quetta; پاکستان; Rawalpindi",
	"LK": "Sri Lanka; Colombo; Sri Jayawardenepura Kotte; Jaffna; Ceylon; ශ්\u200dරී ලංකාව; இலங்கை; Kandy; Srilanka",
	"BD": "Bangladesh; Dhaka; Dacca; Chittagong; Chattogram; Cox's Bazar; Sylhet; বাংলাদেশ; Coxs Bazar; Khulna",
	"NP": "Nepal; Kathmandu; Pokhara; नेपाल; काठमाडौं; Lalitpur; Biratnagar",
	"KI": "Kiribati; Tarawa; South Tarawa; Kiritimati",
	"PG": "Papua New Guinea; Port Moresby; Lae; PNG; Mt Hagen; Bougainville",
	"WS": "Samoa; Apia; Western Samoa",
	"TV": "Tuvalu; Funafuti",
	"VU": "Vanuatu; Port Vila; Luganville",
}

func TestPoints(t *testing.T) {
	if len(points) != 29 {
		t.Fatal(len(points))
	}
	for code, names := range points {
		for _, name := range strings.Split(names, "; ") {
			for _, text := range []string{name, "I will fly from " + name, name + " airfare?", "airfare for " + name + " please", "We live in " + name + ".", "(" + name + ")"} {
				if got := show(Departure(text)); got != code && !(code == "KR" && strings.HasPrefix(text, "We live")) {
					t.Errorf("%q: %q, want %s", text, got, code)
				}
			}
			if got := show(Resolve(name)); got != code {
				t.Errorf("answer %q: %q, want %s", name, got, code)
			}
			if got := show(Resolve(strings.ToLower("from " + name + " please"))); got != code {
				t.Errorf("answer %q: %q, want %s", strings.ToLower(name), got, code)
			}
		}
	}
}

// Words and names that must not be taken for a place, or not for a similar one.
func TestNeverMatch(t *testing.T) {
	for text, want := range map[string]string{
		"Niger": "NE", "Nigeria": "NG", "Austria": "AT", "Australia": "AU", "Colombia": "CO", "Dar es Salaam": "TZ",
		"Mali": "ML", "Nauru": "NR", "Niue": "NU", "Iran": "IR", "Iraq": "IQ", "Dominica": "DM", "Dominican Republic": "DO",
	} {
		if got := show(Departure(text)); got != want {
			t.Errorf("%q: %q, want %s", text, got, want)
		}
	}
	for _, text := range []string{
		"the Bali Process Regional Support Office", "male applicant", "is it for male or female?", "china ware", "the training letter was chine",
		"nice to meet you", "Nice to meet you!", "reading and writing", "most of us", "the same date", "I ask along the bar", "we are a man short",
		"how much is it in won", "guinea pig", "the Indian Ocean", "Bay of Bengal", "US$ 450", "us", "it is fun", "can I go", "my laptop case",
		"will i get answer", "deadline is firday?", "elegible contry recieve goverment docoments", "certficate registraton wrokshop accomodation",
		"Please send me the nomination letter template", "main points", "a split payment", "how late is too late", "in march or april", "the asia pacific region",
		"ASEAN member states", "what is UNITAR CIFAL JITC", "PDF, JPG or PNG file", "visa fee", "My name is Victoria Santos", "Dear Maria", "per diem", "Mr. Rizal",
	} {
		for _, m := range Find(text) {
			t.Errorf("%q mentions %q: %v %v", text, m.Text, m.Place, m.Ask)
		}
	}
}
