package places

import (
	"slices"
	"strings"
	"testing"
)

// want is written "NP" (these codes), "?NP,IN" (ask), "NP!" (confirm), "" (no place).
func show(r Reading) string {
	if len(r.Ask) > 0 {
		return "?" + codes(r.Ask)
	}
	s := codes(r.Places)
	if r.Confirm {
		s += "!"
	}
	return s
}

func codes(ps []Place) string {
	var cs []string
	for _, p := range ps {
		cs = append(cs, p.Code)
	}
	slices.Sort(cs)
	return strings.Join(cs, ",")
}

func check(t *testing.T, read func(string) Reading, cases [][2]string) {
	t.Helper()
	for _, c := range cases {
		if got := show(read(c[0])); got != c[1] {
			t.Errorf("%q: got %q, want %q", c[0], got, c[1])
		}
	}
}

// The golden inputs of the announcement's reading, as answers and as text.
func TestGolden(t *testing.T) {
	cases := [][2]string{
		{"Viet Nam", "VN"}, {"vietnam", "VN"}, {"Việt Nam", "VN"}, {"Saigon", "VN"},
		{"Laos", "LA"}, {"lao pdr", "LA"}, {"Vientiane", "LA"},
		{"Burma", "MM"}, {"Yangon", "MM"}, {"Taiwan", "TW"}, {"Taipei", "TW"}, {"Macao", "MO"},
		{"Tokyo", "JP"}, {"日本", "JP"}, {"Seoul", "KR"}, {"Jeju", "KR"},
		{"Korea", "?KP,KR"}, {"North Korea", "KP"}, {"DPRK", "KP"},
		{"Philipines", "PH!"}, {"Phillippines", "PH!"}, {"Phillipines", "PH!"},
		{"Combodia", "KH!"}, {"Thialand", "TH!"}, {"Napal", "NP!"}, {"Bangaldesh", "BD!"},
		{"Mumbai", "IN"}, {"Hyderabad", "?IN,PK"}, {"Punjab", "?IN,PK"},
		{"West Bengal", "IN"}, {"Bengal", "?BD,IN"}, {"Papua", "?ID,PG"},
		{"PNG", "PG"}, {"Port Moresby", "PG"}, {"American Samoa", "AS"}, {"Samoa", "WS"}, {"Apia", "WS"},
		{"Inner Mongolia", "CN!"}, {"Hohhot", "CN!"}, {"Ulan Bator", "MN"},
		{"Timor-Leste", "TL"}, {"East Timor", "TL"}, {"Dili", "TL"}, {"Kupang", "ID"},
		{"Iran", "IR"}, {"Kabul", "AF"}, {"Suva", "FJ"}, {"Canberra", "AU"}, {"Geneva", "CH"},
		{"Bali", "ID"}, {"Bali Process", ""}, {"Nepali living in Bangkok", "TH"},
		{"Bangkok or Kathmandu, not sure", "NP,TH"}, {"Colombia", "CO"},
		{"sg", "SG"}, {"HK", "HK"}, {"KL", "MY"}, {"Kiribas", "KI!"}, {"Tarawa", "KI"},
		{"US$ 450 in won?", ""}, {"", ""}, {"🙂🙂", ""}, {"\u202e", ""},
	}
	check(t, Departure, cases)
	check(t, Resolve, cases)
	check(t, Resolve, [][2]string{{"Male", "MV!"}, {"male", "MV!"}, {"Malé", "MV"}, {"np", "NP"}, {"IN", "IN!"}, {"in", ""}, {"VNM", "VN"}})
	check(t, Departure, [][2]string{{"Male", ""}, {"I am male, may I apply?", ""}, {"from Malé", "MV"}, {"we fly from Male", "MV!"}})
}

// Questions as people write them.
func TestDeparture(t *testing.T) {
	check(t, Departure, [][2]string{
		{"Our shelter is in Pokhara, Nepal. How big is the airfare contribution?", "NP"},
		{"tokyo, flight assistance how much?", "JP"},
		{"Dear team, could you tell me the airfare amount for a participant flying from Lahore?", "PK"},
		{"davao city airfare po", "PH"},
		{"i am in kiribati, what u give for ticket", "KI"},
		{"Male city, Maldives - plane ticket assistance amount?", "MV"},
		{"Cambodja, Siem Reap. airfair how much", "KH"},
		{"We leave from Lae, Papua New Guinea. What is the airfare amount?", "PG"},
		{"how much for applicants of Bangla Desh from Dhaka", "BD"},
		{"Mandalay flight support pls", "MM"},
		{"Participant from Shanghai asks about the flight grant", "CN"},
		{"I am Bhutanese but I study in New Delhi and fly from there, amount for airfare?", "IN"},
		{"airfare: ulaanbaatar vs hanoi", "MN,VN"},
		{"Departure from Nadi, Fiji. how much airfare?", "FJ"},
		{"is there airfare amount for Iran (Tehran)", "IR"},
		{"I will fly from Paris, what do you contribute?", "FR"},
		{"airfare amount?", ""},
		{"North Korea or South Korea, do both have an airfare amount?", "KP,KR"},
		{"North or South Korea?", "KP,KR"},
		{"Can an NGO from Ghana send somebody?", "GH"},
		{"Senior NGO manager, Dhaka, 9 years, good english - do I fit the profile?", "BD"},
		{"sawasdee ka, เดินทางจาก Chiang Mai, airfare support how much ka", "TH"},
		{"In which city and country does the workshop take place?", ""},
		{"from Nepal via Bangkok", "NP"},
		{"I travel from Dhaka through Kuala Lumpur to Jeju", "BD"},
		{"Kathmandu - Bangkok - Jeju, how much", "NP"},
		{"KTM-BKK-CJU airfare", "NP"},
		{"I am from Nepal but I live in Thailand", "TH"},
		{"I live in Bangkok, passport of Nepal", "TH"},
		{"Vietnamese citizen working in Vientiane", "LA"},
		{"I live in Vientiane but will fly from Bangkok", "TH"},
		{"not from Nepal but from India", "IN"},
		{"moved from Nepal to Thailand, how much", "TH"},
		{"I used to live in India, now I live in Bhutan", "BT"},
		{"Hyderabad, Pakistan airfare", "PK"}, {"hyderabad india ticket", "IN"}, {"Punjab in India", "IN"},
		{"Punjab, we fly from Lahore", "PK"},
		{"Is the flight to Korea paid? I am leaving Manila", "PH"},
		{"flight from Nepal to Korea", "NP"}, {"How do I get to Jeju?", ""}, {"what is the weather in Jeju", ""},
		{"I live in Jeju", "KR"}, {"I am already in Jeju", "KR"}, {"jeju airfare", "KR"},
		{"hong kong, china", "HK"}, {"Taiwan, China airfare?", "TW"}, {"macao sar china", "MO"},
		{"Nepal and India how much each", "IN,NP"}, {"compare Fiji and Samoa", "FJ,WS"},
		{"can i upload png or pdf?", ""}, {"JPG or PNG?", ""}, {"airfare PNG", "PG"},
		{"do you need us to pay?", ""}, {"Can I answer in Vietnamese?", ""}, {"how much is it in korean won", ""},
		{"must i speak english well", ""}, {"I learned it from reading", ""}, {"Nice! how much is it", ""},
		{"what is the Bali Process?", ""}, {"Dar es Salaam", "TZ"},
		{"how much from kathmandhu", "NP!"}, {"airfare from Ulanbator", "MN"}, {"Srilanka airfare", "LK"}, {"Viet-nam", "VN"},
		{"bandar seri begwan", "BN"}, {"from pnom penh", "KH"}, {"phnom pehn", "KH"}, {"south koria", "KR!"}, {"port morsby", "PG"},
		{"sri lnka", "LK!"}, {"new dheli", "IN!"}, {"papua new giunea", "PG!"}, {"kuala lumpar", "MY!"}, {"Timor Leste", "TL"},
		{"my airport is KTM", "NP"}, {"I fly from BKK", "TH"}, {"fun trip, will I pom del", ""},
		{"Christmas Island", "?CX,KI"}, {"Borneo", "?BN,ID,MY"}, {"Guinea", "?GN,PG"}, {"Timor", "?ID,TL"}, {"Kashmir", "?IN,PK"},
		{"Congo", "?CD,CG"}, {"Georgia", "GE"}, {"Guinea-Bissau", "GW"}, {"Niger", "NE"}, {"Nigeria", "NG"}, {"Austria", "AT"},
		{"Dominica", "DM"}, {"Mali", "ML"}, {"Western Samoa", "WS"}, {"Pago Pago, Samoa", "AS"}, {"West Papua", "ID"},
		{"Hongkong SAR", "HK"}, {"Congo DR", "CD"}, {"New Deli", "IN!"}, {"Siam Reap", "KH!"}, {"Bandar Sri Begawan", "BN"}, {"PNG, Lae", "PG"},
		{"Kota Kinabalu, Sabah", "MY"}, {"banda seri begawan", "BN!"}, {"Macassar", "ID"}, {"shen zhen", "CN!"}, {"Bangkok, Hanoi or Manila?", "PH,TH,VN"},
		{"서울에서 출발", "KR"}, {"네팔에서 갑니다", "NP"}, {"我从北京出发", "CN"}, {"काठमाडौं बाट", "NP"}, {"ঢাকা থেকে কত", "BD"},
		{"ភ្នំពេញ", "KH"}, {"ວຽງຈັນ", "LA"}, {"ရန်ကုန်", "MM"}, {"කොළඹ", "LK"}, {"கொழும்பு", "LK"}, {"Улаанбаатар", "MN"}, {"ཐིམ་ཕུ", "BT"},
		{"މާލެ", "MV"}, {"اسلام آباد", "PK"}, {"Hà Nội", "VN"}, {"Thành phố Hồ Chí Minh", "VN"},
	})
}
