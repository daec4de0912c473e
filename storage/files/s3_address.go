package files

import (
	"errors"
	"net"
	"net/url"
	"regexp"
	"strings"

	"github.com/minio/minio-go/v7/pkg/s3utils"
)

// s3Address says where a bucket is and with which keys it opens.
type s3Address struct {
	host           string // with port, if it is given
	bucket, prefix string // prefix is "" or ends with a slash
	region         string // "": the server is asked
	plain          bool   // without TLS
	access, secret string
}

const s3Form = "write s3://ACCESS:SECRET@host:port/bucket/prefix?region=…&tls=on"

var prefixPart = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]*$`)

// parseS3 reads s3://ACCESS:SECRET@host:port/bucket/prefix?region=…&tls=on|off. The keys may stand in access and secret instead. No
// error repeats what was written: a piece of the secret may be anywhere in an address that is not right.
func parseS3(address, access, secret string) (s3Address, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return s3Address{}, errors.New("files: no address of a bucket; " + s3Form + ` (in the keys "/" is written %2F, "+" %2B; or use OLLE_S3_ACCESS_KEY and OLLE_S3_SECRET_KEY)`)
	case u.Scheme != "s3" || u.Host == "" || u.Fragment != "" || strings.Contains(u.Path, "@"):
		return s3Address{}, errors.New("files: no address of a bucket; " + s3Form)
	}
	a := s3Address{host: u.Host, access: access, secret: secret}
	if u.User != nil {
		if access != "" || secret != "" {
			return s3Address{}, errors.New("files: keys are in OLLE_FILES_URL and in OLLE_S3_ACCESS_KEY or OLLE_S3_SECRET_KEY: remove one of the two")
		}
		a.access = u.User.Username()
		a.secret, _ = u.User.Password()
	}
	if a.access == "" || a.secret == "" {
		return s3Address{}, errors.New("files: a bucket needs two keys: set OLLE_S3_ACCESS_KEY and OLLE_S3_SECRET_KEY, or " + s3Form)
	}
	if err := a.locate(u.Path); err != nil {
		return s3Address{}, err
	}
	return a, a.options(u.RawQuery)
}

// locate takes bucket and prefix from the path.
func (a *s3Address) locate(path string) error {
	a.bucket, a.prefix, _ = strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if s3utils.CheckValidBucketNameStrict(a.bucket) != nil {
		return errors.New("files: behind the host stands the bucket's name: 3 to 63 small letters, digits, dots and hyphens; " + s3Form)
	}
	if _, port, err := net.SplitHostPort(a.host); strings.Contains(a.host, ":") && (err != nil || port == "") {
		return errors.New("files: no address of a bucket: the port is missing; " + s3Form)
	}
	if a.prefix = strings.Trim(a.prefix, "/"); a.prefix == "" {
		return nil
	}
	for part := range strings.SplitSeq(a.prefix, "/") {
		if !prefixPart.MatchString(part) {
			return errors.New(`files: the prefix behind the bucket is names of letters, digits, inner dots, hyphens and _ with "/" between them`)
		}
	}
	a.prefix += "/"
	return nil
}

func (a *s3Address) options(query string) error {
	values, err := url.ParseQuery(query)
	if err != nil {
		return errors.New("files: what stands behind the ? is no list of options; " + s3Form)
	}
	for key, v := range values {
		switch {
		case len(v) != 1:
			return errors.New("files: an option behind the ? stands twice; " + s3Form)
		case key == "region":
			a.region = v[0]
		case key == "tls" && (v[0] == "on" || v[0] == "off"):
			a.plain = v[0] == "off"
		default:
			return errors.New("files: behind the ? may stand region=NAME and tls=on or tls=off, nothing else")
		}
	}
	return nil
}
