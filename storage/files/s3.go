package files

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"filippo.io/age"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

const (
	// partSize is what one upload holds in memory, and the least S3 takes as a part of a larger file.
	partSize = 5 << 20
	// attempts at one request, with growing pauses, are about two seconds; the bot's own retries come after that.
	attempts = 4
)

// bucket keeps files in a bucket of an S3 server. A file of up to one part is one request; a larger one is a multipart upload, which
// is visible when its last request has succeeded.
type bucket struct {
	core  minio.Core
	at    s3Address
	http  *http.Transport
	parts sync.Pool // of *bytes.Buffer
}

// OpenS3 opens the bucket at address, s3://ACCESS:SECRET@host:port/bucket/prefix?region=…&tls=on|off, where the keys may stand in
// access and secret instead. Nothing is asked of the server yet (see Check). Recipients are those of OpenFolder.
func OpenS3(address, access, secret string, recipients []age.Recipient) (*Files, error) {
	at, err := parseS3(address, access, secret)
	if err != nil {
		return nil, err
	}
	transport, err := minio.DefaultTransport(!at.plain)
	if err != nil {
		return nil, fmt.Errorf("files: %w", err)
	}
	client, err := minio.New(at.host, &minio.Options{
		Creds: credentials.NewStaticV4(at.access, at.secret, ""), Secure: !at.plain, Region: at.region, Transport: lending{transport}, MaxRetries: attempts,
	})
	if err != nil {
		return nil, errors.New("files: the host in OLLE_FILES_URL is none; " + s3Form)
	}
	b := &bucket{core: minio.Core{Client: client}, at: at, http: transport}
	b.parts.New = func() any { return bytes.NewBuffer(make([]byte, 0, partSize)) }
	return &Files{place: b, recipients: slices.Clone(recipients)}, nil
}

func (b *bucket) close() error {
	b.http.CloseIdleConnections()
	return nil
}

func (b *bucket) put(ctx context.Context, name string, write func(io.Writer) error) error {
	up := &upload{ctx: ctx, b: b, key: b.at.prefix + name, part: b.parts.Get().(*bytes.Buffer)}
	defer func() {
		up.part.Reset()
		b.parts.Put(up.part)
	}()
	err := write(up)
	if err == nil {
		err = up.finish()
	}
	if err != nil {
		up.abort()
		return b.explain(err)
	}
	return nil
}

// upload is a file on its way into the bucket.
type upload struct {
	ctx  context.Context
	b    *bucket
	key  string
	part *bytes.Buffer
	id   string // of the multipart upload; "" while one part is enough
	sent []minio.CompletePart
}

// Write fills the part, and sends it when there is more than fits.
func (u *upload) Write(p []byte) (n int, err error) {
	for len(p) > 0 {
		if u.part.Len() == partSize {
			if err := u.send(); err != nil {
				return n, err
			}
		}
		k := min(len(p), partSize-u.part.Len())
		u.part.Write(p[:k])
		p, n = p[k:], n+k
	}
	return n, nil
}

func (u *upload) send() (err error) {
	if u.id == "" {
		if u.id, err = u.b.core.NewMultipartUpload(u.ctx, u.b.at.bucket, u.key, sealedObject); err != nil {
			return err
		}
	}
	number := len(u.sent) + 1
	done, err := u.b.core.PutObjectPart(u.ctx, u.b.at.bucket, u.key, u.id, number, bytes.NewReader(u.part.Bytes()), int64(u.part.Len()),
		minio.PutObjectPartOptions{Sha256Hex: u.sum(), DisableContentSha256: true})
	if err != nil {
		return err
	}
	u.sent = append(u.sent, minio.CompletePart{PartNumber: number, ETag: done.ETag})
	u.part.Reset()
	return nil
}

// sum is part of the signature: the server refuses a part that arrived changed. The library's own way of signing (chunk by chunk, or
// not at all under TLS), which "disable" turns off, is not understood by every server.
func (u *upload) sum() string {
	sum := sha256.Sum256(u.part.Bytes())
	return hex.EncodeToString(sum[:])
}

var sealedObject = minio.PutObjectOptions{ContentType: "application/octet-stream", DisableContentSha256: true}

// finish makes the file visible.
func (u *upload) finish() error {
	if u.id == "" {
		_, err := u.b.core.PutObject(u.ctx, u.b.at.bucket, u.key, bytes.NewReader(u.part.Bytes()), int64(u.part.Len()), "", u.sum(), sealedObject)
		return err
	}
	if err := u.send(); err != nil {
		return err
	}
	_, err := u.b.core.CompleteMultipartUpload(u.ctx, u.b.at.bucket, u.key, u.id, u.sent, sealedObject)
	return err
}

// abort has the server forget the parts, also when the upload was called off. What it does not hear is swept after a day.
func (u *upload) abort() {
	if u.id == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(u.ctx), 5*time.Second)
	defer cancel()
	_ = u.b.core.AbortMultipartUpload(ctx, u.b.at.bucket, u.key, u.id)
}

func (b *bucket) get(ctx context.Context, name string) (io.ReadCloser, error) {
	body, _, _, err := b.core.GetObject(ctx, b.at.bucket, b.at.prefix+name, minio.GetObjectOptions{})
	if err != nil {
		return nil, b.explain(err)
	}
	return body, nil
}

func (b *bucket) remove(ctx context.Context, name string) error {
	err := b.core.RemoveObject(ctx, b.at.bucket, b.at.prefix+name, minio.RemoveObjectOptions{})
	if err != nil && minio.ToErrorResponse(err).Code != minio.NoSuchKey {
		return b.explain(err)
	}
	return nil
}

func (b *bucket) list(ctx context.Context, prefix string) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		if ctx.Err() != nil {
			yield(Entry{}, ctx.Err())
			return
		}
		options := minio.ListObjectsOptions{Prefix: b.at.prefix + prefix, Recursive: true}
		for o := range b.core.ListObjectsIter(ctx, b.at.bucket, options) {
			if o.Err != nil {
				yield(Entry{}, b.explain(o.Err))
				return
			}
			if !yield(Entry{Name: strings.TrimPrefix(o.Key, b.at.prefix), Size: o.Size, Modified: o.LastModified}, nil) {
				return
			}
		}
	}
}

func (b *bucket) sweep(ctx context.Context) error {
	keyMarker, idMarker := "", ""
	for {
		page, err := b.core.ListMultipartUploads(ctx, b.at.bucket, b.at.prefix, keyMarker, idMarker, "", 1000)
		if minio.ToErrorResponse(err).Code == minio.NoSuchUpload {
			return nil // how some servers say "none"
		}
		if err != nil {
			return b.explain(err)
		}
		for _, u := range page.Uploads {
			if time.Since(u.Initiated) <= abandoned {
				continue
			}
			err := b.core.AbortMultipartUpload(ctx, b.at.bucket, u.Key, u.UploadID)
			if err != nil && minio.ToErrorResponse(err).Code != minio.NoSuchUpload {
				return b.explain(err)
			}
		}
		if !page.IsTruncated || page.NextKeyMarker == "" {
			return nil
		}
		keyMarker, idMarker = page.NextKeyMarker, page.NextUploadIDMarker
	}
}

func (b *bucket) check(ctx context.Context) error {
	there, err := b.core.BucketExists(ctx, b.at.bucket)
	if err == nil && !there {
		err = minio.ErrorResponse{Code: minio.NoSuchBucket}
	}
	if err != nil {
		return b.explain(err)
	}
	return nil
}

// explain adds host, bucket and the remedy to errors an operator can mend. Neither keys nor names of files are in it.
func (b *bucket) explain(err error) error {
	where := fmt.Sprintf("files: in bucket %s at %s: ", b.at.bucket, b.at.host)
	var called *url.Error // holds the address, which names the file
	if errors.As(err, &called) {
		err = called.Err
	}
	var network net.Error
	switch code := minio.ToErrorResponse(err).Code; {
	case code == minio.NoSuchKey:
		return fmt.Errorf("%s%w", where, fs.ErrNotExist)
	case code == minio.NoSuchBucket:
		return errors.New(where + "there is no such bucket; make it, or correct OLLE_FILES_URL")
	case slices.Contains([]string{minio.AccessDenied, "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidSecretKey", "InvalidTokenId"}, code):
		return fmt.Errorf("%sthe server refuses these keys (%s); set the right ones, and let them read, write, delete and list there", where, code)
	case code == "RequestTimeTooSkewed":
		return errors.New(where + "the server refuses the time of this machine; set its clock")
	case code == "XMinioStorageFull", code == "QuotaExceeded", code == "InsufficientStorage":
		return fmt.Errorf("%sthe storage is full (%s); make room there", where, code)
	case code != "":
		return fmt.Errorf("%sthe server failed (%s): %w", where, code, err)
	case errors.As(err, &network) && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%scannot reach it: %w", where, err)
	}
	return fmt.Errorf("%s%w", where, err)
}
