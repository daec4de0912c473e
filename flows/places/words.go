package places

import "strings"

// What a word before or after a place says about it. A word may say several things.
const (
	travel   uint32 = 1 << iota // fly, flight, ticket: makes "from" a departure
	leaving                     // depart, leaving: departure without "from"
	passing                     // via, through
	towards                     // to, towards
	staying                     // live, based, office
	inside                      // in, at, near
	skipped                     // the, city: may stand between a preposition and the place
	being                       // am, is: makes "from" an origin
	person                      // participants, people
	start                       // airport, origin: "departure: Manila"
	past                        // formerly, born
	moving                      // moved, transferred: "to" then means living there
	meeting                     // workshop, held: "in" then tells where an event is
	tongue                      // language, translation
	citizen                     // citizen, passport, nationality
	thing                       // won, food, embassy: a demonym before it is no person
	speaking                    // speak, translate: a demonym after it is a language
	linking                     // or, and, vs
	refusing                    // not, never
	filler                      // maybe, also: may stand between "or" and a place
	affected                    // migrants, victims: the place before them is what the work is about
)

// classes of words, English first, with what is often typed instead.
var classes = classify1(map[uint32]string{
	travel: `fly flying flight flights flies flew air airfare airfares airfair airticket fare fares ticket tickets tiket travel
		traveling travelling traveled travelled travels trip journey depart departs departing departure leave leaves leaving start
		starting starts go going come coming arrive arriving takeoff board boarding plane route fly out set commute`,
	leaving: `depart departs departing leave leaves leaving exit exiting`,
	passing: `via through thru transit transiting transits stopover layover connecting connection connect connects passing stopping change
		changing switch switching`,
	towards: `to towards toward into visit visiting reach reaching`,
	staying: `live lives living lived reside resides residing resident residents residence based base work works working stay stays
		staying stationed posted serve serves serving study studies studying located office offices shelter shelters headquarter
		headquarters headquartered hq home situated employed currently now presently settled assigned operate operates operating
		deployed organization organisation ngo ministry police unit university living workplace agency lives address already house
		family wohne vivo habito tinggal nakatira live`,
	inside: `in at near around within inside outside of`,
	skipped: `the city capital mainland my our country republic state town island kingdom downtown central province of own old lovely
		beautiful region area`,
	being: `am m is are was were be im s re originally born come comes hail hails native basically actually`,
	person: `participant participants people person persons applicant applicants delegate delegates official officials officer officers
		someone somebody anyone anybody candidate candidates colleague colleagues nominee nominees ngo ngos national nationals citizens
		team group those guest member members representative representatives staff student students woman man lady guys friend`,
	start:  `airport departure origin departing airfare airports port`,
	past:   `formerly previously earlier former born grew raised used was were originally lived worked studied`,
	moving: `moved move moving relocated relocate relocating transferred transfer shifted shifting posted assigned seconded deployed`,
	meeting: `workshop workshops training event events course held conference seminar meeting programme program venue session host hosted
		hosting takes place happening organised organized forum attended takeplace`,
	tongue:  `language languages translation translate interpreter interpretation interpreting subtitles version speaker speakers`,
	citizen: `citizen citizens national nationals passport passports nationality citizenship citizenships nationalities holder`,
	thing: `won baht rupee rupees yuan yen peso pesos dong kip riel kyat currency currencies food foods cuisine curry restaurant embassy
		consulate mission ocean sea culture song music movie war peninsula barbecue bbq wave drama time standard timezone new
		dollar dollars euro visa government`,
	speaking: `speak speaks speaking spoken write written read translate translated translation fluent fluently language languages english
		answer reply respond communicate`,
	linking:  `or and vs versus and/or nor plus ou dan`,
	refusing: `not never no neither isn aren don doesn wasn without except excluding instead than`,
	affected: `migrants migrant victims victim refugees refugee workers worker nationals people returnees community communities children
		women girls boys survivors survivor labourers laborers families cases case fishermen brides border`,
	filler: `maybe perhaps possibly also even from in to either probably then`,
})

func classify1(lists map[uint32]string) map[string]uint32 {
	m := make(map[string]uint32, 400)
	for class, words := range lists {
		for _, w := range strings.Fields(words) {
			m[w] |= class
		}
	}
	return m
}

// common words never stand for a differently spelled part of a longer name ("new work" is not New York).
var common = wordSet(`a about after all also am an and any are as ask at be been but by can cost could course date day did do does
	done each east either else end every few find first for form free from get give go good had has have he her here him his how
	i if in into is it its just know last late less let like list live long made make man many may me more most much must my
	name near need new no north not now of off ok on one only open or other our out over own paid part pay plan please port
	post read real room route saint same san say see send set she show side sir site so some south such sure take tell than
	thank that the their them then there they this time to too two under until up us use very via visa want was way we week
	well went were west what when where which who why will with won word work year yes you your city state team travel trip`)

func wordSet(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

// titles come before a person's name.
var titles = wordSet("mr mrs ms miss dr prof professor dear madam sir named surname")

// particles that follow a Hangul noun without a space: "네팔에서", from Nepal.
var particles = wordSet(`에서 에 의 은 는 이 가 을 를 로 으로 도 와 과 인 인도 사람 국적 출신 부터 에서는 에서도 입니다 이에요 예요 이요 요 까지 에게 이고 이나 나 인데 행 발 항공 공항 시 시민 여권 출발 이랑 하고 만`)

// sign is a small word that some languages write next to a place.
type sign struct {
	text string
	role Role
}

// before and after a place, folded; the longer ones first.
var before = []sign{{"来自", National}, {"來自", National}, {"住在", Lives}, {"从", From}, {"從", From}, {"自", From}, {"在", Lives},
	{"มาจากประเทศ", National}, {"จาก", From}, {"อยู่", Lives}, {"คน", National}, {"ຈາກ", From}, {"ຢູ່", Lives}, {"ຄົນ", National},
	{"ពី", From}, {"នៅ", Lives}, {"ជនជាតិ", National}, {"den tu ", National}, {"tu ", From}, {" o ", Lives}, {"nguoi ", National},
	{"من ", From}, {"از ", From}, {"berasal dari ", National}, {"orang ", National}, {"dari ", From}, {"tinggal di ", Lives}, {" di ", Lives},
	{"mula sa ", From}, {"galing sa ", From}, {"galing po ako sa ", From}, {"taga ", National}, {"nakatira sa ", Lives}, {" sa ", Lives},
	{"desde ", From}, {"depuis ", From}, {"из ", From}, {"aus ", National}}
var after = []sign{{"에서 왔", National}, {"에서 살", Lives}, {"에 살", Lives}, {"에 있", Lives}, {"에서", From}, {"에 거주", Lives}, {"사람", National},
	{"국적", National}, {"から", From}, {"に住", Lives}, {"在住", Lives}, {"人", National}, {"出发", From}, {"出發", From}, {"出発", From}, {"発", From},
	{" से", From}, {" में", Lives}, {" থেকে", From}, {" बाट", From}, {"बाट", From}, {" देखि", From}, {"देखि", From}, {" سے", From}, {" میں", Lives},
	{"မှာနေ", Lives}, {"မှာ", Lives}, {"မှ", From}, {"ကနေ", From}, {" සිට", From}, {" ඉඳන්", From}, {" хотоос", From}, {"လူမျိုး", National}}

// everyday are words of Vietnamese and Indonesian that are spelled as a place is, or nearly.
var everyday = wordSet(`của vẫn vấn văn vận vân chính chỉnh chinh viết trạng tràng thái mẫu nạn bấm thận pháp phát dài đài đại đài đà lào láo cần cân
	bán bàn bạn ban bắc hàng hải hai sao tài tái nam năm niu lại là cua còn con cong công mai mãi mời mỗi đang đăng đảng đông đồng đủ được
	từng tỉnh tính tên tan tân tín tin tình thành thanh thăng thắng thẳng thang hình hinh giang giảng quảng ninh bình phú phú phủ sơn son
	bukan buka datang dagang sudah kurang kapan tulis langsung pesan sekarang kosong tanda pakai ulang betul tenang pindai kalau jalan surat
	suratnya antara makan bulan acara lima kadang dasar pulang pusat saksi palsu badan bandara beli benar biaya cara dalam dapat harus
	kami kamu karena kata kena kirim lagi lain malam mana mereka minta mohon mulai nanti nama negara orang pagi panitia pasti
	peserta rumah saat saja salah sama sampai sangat sana satu selama semua siang siapa sini suami supaya susah tadi tanpa telat tiba
	tidak tinggal tolong tuntas ujian untuk usia uang waktu wajib yakin masih mahal murah makanan minuman masalah masuk baru baik
	bahasa bagaimana bagian berapa besok bisa boleh hindi`)
