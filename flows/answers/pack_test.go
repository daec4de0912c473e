package answers

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/goccy/go-yaml"
)

const packs = "../../config/events"

// filled stands for what the loader of packs puts into the texts of the 2020 edition; the 2014 one fills its own.
var filled = map[string]string{
	"{title}":         "Enhancing a Victim-Centered Approach: Identification, Assistance and Protection of Trafficking Victims in the Asia-Pacific Region",
	"{dates}":         "31 March to 3 April 2020",
	"{venue}":         "UNITAR CIFAL Jeju/Jeju International Training Center (JITC), Jeju-do, Republic of Korea",
	"{email}":         "cifaljeju.jitc.1@gmail.com",
	"{site}":          "http://www.cifaljeju.org/",
	"{deadline}":      "14 February 2020 (Friday), 23:59 KST (Asia/Seoul)",
	"{deadline_date}": "14 February 2020 (Friday)",
}

var loaded = map[string]func() (Config, error){
	"vca-jeju-2020": sync.OnceValues(func() (Config, error) { return load("vca-jeju-2020") }),
	"vca-jeju-2014": sync.OnceValues(func() (Config, error) { return load("vca-jeju-2014") }),
}

// load reads a pack as the program's loader does: strictly, placeholders filled, airfare rows beside it.
func load(name string) (Config, error) {
	raw, err := os.ReadFile(filepath.Join(packs, name, "answers.yaml"))
	if err != nil {
		return Config{}, err
	}
	text := string(raw)
	for k, v := range filled {
		text = strings.ReplaceAll(text, k, v)
	}
	var p Pack
	if err := yaml.UnmarshalWithOptions([]byte(text), &p, yaml.Strict()); err != nil {
		return Config{}, err
	}
	rows, err := table(filepath.Join(packs, name, "airfare.csv"))
	return p.Config(rows), err
}

func table(path string) ([]Amount, error) {
	f, err := os.Open(path)
	if os.IsNotExist(err) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, err
	}
	var rows []Amount
	for _, l := range lines[1:] {
		rows = append(rows, Amount{Region: l[0], Point: l[1], Code: l[2], Amount: l[4] + " " + l[3]})
	}
	return rows, nil
}

// index is the compiled pack.
func index(t testing.TB, name string) *Index {
	t.Helper()
	c, err := loaded[name]()
	if err != nil {
		t.Fatal(err)
	}
	x, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return x
}
