package places

import "testing"

// The reason for a reading, and the city.
func TestRoles(t *testing.T) {
	for _, c := range []struct {
		text, want string
		because    Role
		city       string
	}{
		{"Our shelter is in Pokhara, Nepal", "NP", Lives, "Pokhara"},
		{"flying from Lahore", "PK", From, "Lahore"},
		{"I am from Nepal", "NP", National, ""},
		{"Vietnamese", "VN", National, ""},
		{"tokyo airfare", "JP", Bare, "Tokyo"},
		{"my airport is Chiang Rai", "TH", From, "Chiang Rai"},
		{"departure city: Yangon", "MM", From, "Yangon"},
		{"leaving Manila on Monday", "PH", From, "Manila"},
		{"KL-based NGO", "MY", Lives, "Kuala Lumpur"},
		{"what is the airfare to Nepal", "NP!", To, ""},
		{"We are a Filipino NGO based in Hong Kong", "HK", Lives, ""},
		{"I'm Burmese, now living in Mae Sot, Thailand", "TH", Lives, "Mae Sot"},
		{"I'm in Sydney right now but I'll fly from Apia", "WS", From, "Apia"},
		{"one from Dhaka, one from Kathmandu", "BD,NP", From, "Dhaka"},
		{"2 people from Port Vila & 1 from Apia", "VU,WS", From, "Port Vila"},
		{"my flight goes Dhaka-Bangkok-Seoul-Jeju", "BD", From, "Dhaka"},
		{"I fly Dhaka → Bangkok → Jeju", "BD", From, "Dhaka"},
		{"from Nepal to Jeju via Delhi or Bangkok", "NP", From, ""},
		{"I go from Dhaka to Bangkok and then from Bangkok to Jeju", "BD", From, "Dhaka"},
		{"from Bhutan with connecting flight from Bangkok", "BT", From, ""},
		{"we leave Thimphu and change planes in Kolkata", "BT", From, "Thimphu"},
		{"I'd fly from Delhi, not Dhaka", "IN", From, "New Delhi"},
		{"instead of Dhaka I will fly from Kolkata", "IN", From, "Kolkata"},
		{"Not Bangkok but Chiang Mai", "TH", Bare, "Chiang Mai"},
		{"Thai NGO working with Myanmar migrants, airfare?", "TH", National, ""},
		{"Do I need a visa for Korea if I am from Vietnam", "VN", National, ""},
		{"do you fly us Bangkok-Jeju-Bangkok", "TH", Bare, "Bangkok"},
		{"I was born in India, I live in Thimphu", "BT", Lives, "Thimphu"},
		{"relocated from Manila to Phnom Penh", "KH", Lives, "Phnom Penh"},
		{"Both from Nepal and India", "IN,NP", From, ""},
		{"Hanoi and Saigon", "VN", Bare, ""},
		{"I live in Nepal (Lalitpur)", "NP", Lives, "Lalitpur"},
		{"Colombo or Male?", "LK,MV!", Bare, "Colombo"},
		{"Hyderabad (Telangana, India)", "IN", Bare, "Hyderabad"},
		{"from Papua (PNG side)", "PG", From, ""},
		{"I live in Lahore, Punjab", "PK", Lives, "Lahore"},
		{"na", "", Bare, ""},
	} {
		r := Departure(c.text)
		city := ""
		if len(r.Places) > 0 {
			city = r.Places[0].City
		}
		if show(r) != c.want || r.Because != c.because || city != c.city {
			t.Errorf("%q: %q because %d, city %q; want %q because %d, city %q", c.text, show(r), r.Because, city, c.want, c.because, c.city)
		}
	}
	for text, note := range map[string]string{"Jeju": "jeju", "I live in Jeju": "jeju", "Kashmir": "kashmir", "Borneo": "borneo",
		"Inner Mongolia": "confirm", "Kiribas": "confirm", "from male": "confirm", "Malé": "", "Nepal": ""} {
		if got := Departure(text).Note; got != note {
			t.Errorf("%q: note %q, want %q", text, got, note)
		}
	}
}

// Languages of the region, with the small words that go with a place.
func TestScripts(t *testing.T) {
	check(t, Departure, [][2]string{
		{"我在上海工作", "CN"}, {"我是越南人，住在曼谷", "TH"}, {"ผมอยู่กรุงเทพ", "TH"}, {"ผมเป็นคนลาวอยู่กรุงเทพ", "TH"},
		{"저는 부산에 살아요", "KR"}, {"나는 방콕에서 출발합니다", "TH"}, {"バンコクから出発します", "TH"}, {"私はベトナム人です", "VN"},
		{"मेरो घर पोखरा हो", "NP"}, {"मैं दिल्ली से", "IN"}, {"আমি সিলেট থেকে আসব", "BD"}, {"මම කොළඹ ඉඳන්", "LK"},
		{"ကျွန်တော် မန္တလေး ကပါ", "MM"}, {"ខ្ញុំមកពីភ្នំពេញ", "KH"}, {"ຂ້ອຍມາຈາກວຽງຈັນ", "LA"}, {"Би Улаанбаатараас нисэнэ", "MN"},
		{"میں لاہور سے آؤں گا", "PK"}, {"tôi ở Đà Nẵng", "VN"}, {"kami dari Surabaya", "ID"}, {"galing po ako sa Iloilo", "PH"},
		{"из Непала", "NP"}, {"من نيبال", "NP"}, {"depuis le Népal", "NP"}, {"이것이란 무엇입니까", ""}, {"インドネシア", "ID"},
		{"N\u0065\u0301pal", "NP"}, {"\u1112\u1161\u11ab\u1100\u116e\u11a8", "KR"}, {"ｎｅｐａｌ", "NP"}, {"Ne\u00adpal", "NP"}, {"\u202eNepal\u202c", "NP"},
	})
}
