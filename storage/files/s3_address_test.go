package files

import (
	"strings"
	"testing"
)

func TestAddressesOfBuckets(t *testing.T) {
	for _, tt := range []struct {
		address, access, secret string
		want                    s3Address
	}{
		{"s3://AK:SK@s3.example.org/papers", "", "", s3Address{host: "s3.example.org", bucket: "papers", access: "AK", secret: "SK"}},
		{"s3://AK:a%2Fb%2Bc@127.0.0.1:9000/papers/olle/2020/?tls=off&region=eu-west-1", "", "",
			s3Address{host: "127.0.0.1:9000", bucket: "papers", prefix: "olle/2020/", region: "eu-west-1", plain: true, access: "AK", secret: "a/b+c"}},
		{"s3://[::1]:9000/papers?tls=on", "AK", "a/b+c", s3Address{host: "[::1]:9000", bucket: "papers", access: "AK", secret: "a/b+c"}},
	} {
		if got, err := parseS3(tt.address, tt.access, tt.secret); err != nil || got != tt.want {
			t.Errorf("%s: %v, %v", tt.address, got == tt.want, err)
		}
	}
}

func TestMistakesInAddressesAreSaidWithoutTheSecret(t *testing.T) {
	for address, want := range map[string]string{
		"s3://AK:TOPSECRET/x@host/papers":               "%2F",
		"s3://AK:1234/TOPSECRET@host/papers":            "no address of a bucket",
		"s3://AK:TOPSECRET@host":                        "bucket's name",
		"s3://AK:TOPSECRET@host/UPPER":                  "bucket's name",
		"s3://AK:TOPSECRET@host/papers/../x":            "prefix",
		"s3://AK:TOPSECRET@host/papers/a b":             "prefix",
		"s3://AK:TOPSECRET@host/papers?tls=maybe":       "tls=on or tls=off",
		"s3://AK:TOPSECRET@host/papers?tls=on&tls=off":  "twice",
		"s3://AK:TOPSECRET@host/papers?acl=TOPSECRET":   "nothing else",
		"s3://AK:TOPSECRET@host/papers#TOPSECRET":       "no address of a bucket",
		"s3://AK@host/papers":                           "two keys",
		"s3://host/papers":                              "OLLE_S3_ACCESS_KEY",
		"s3://host:/papers":                             "two keys",
		"s3://AK:TOPSECRET@host:/papers":                "port",
		"https://AK:TOPSECRET@host/papers":              "no address of a bucket",
		"s3://AK:TOPSECRET@ho st/papers":                "no address of a bucket",
		"s3://AK:TOPSECRET@host/papers?region=a;b=c%zz": "no list of options",
	} {
		_, err := parseS3(address, "", "")
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "TOPSECRET") {
			t.Errorf("%s: %v", address, err)
		}
	}
	if _, err := parseS3("s3://AK:SK@host/papers", "AK", "SK"); err == nil || !strings.Contains(err.Error(), "remove one of the two") {
		t.Errorf("keys in two places: %v", err)
	}
}

// Whatever is taken for an address is complete and stays in its bucket; no mistake repeats a piece of what was written.
func FuzzAddress(f *testing.F) {
	const secret = "TOPSECRET"
	for _, seed := range [][2]string{{"s3://AK:", "@host:9000/papers/a/b?region=x&tls=off"}, {"s3://AK:a/", "@host/papers"}, {"s3://", "a:b@[::1]/ppp?tls=on"}, {"", ""}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		address := before + secret + after
		a, err := parseS3(address, "", "")
		if err != nil {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%q is repeated in %q", address, err)
			}
			return
		}
		if a.host == "" || len(a.bucket) < 3 || a.access == "" || a.secret == "" || strings.Contains("/"+a.prefix, "/../") ||
			a.prefix != "" && !strings.HasSuffix(a.prefix, "/") {
			t.Errorf("%q is taken for %+v", address, a)
		}
		if _, err := OpenS3(address, "", "", nil); err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("%q is repeated in %q", address, err)
		}
	})
}
