package answers

import "math"

// search finds the topic whose ways of asking are nearest to a question: cosine of weighted features, where a
// feature is a concept or a word of the pack; rare ones weigh more.
type search struct {
	idf     []float64   // by feature: concepts first, then words
	topic   []int32     // by example
	norm    []float64   // by example
	post    [][]posting // by feature
	unknown float64     // weight of a word the pack does not know
}

type posting struct {
	example int32
	weight  float64
}

// example is one way of asking, as features.
type example struct {
	topic    int32
	features []int32
}

func newSearch(features int, examples []example) *search {
	s := &search{idf: make([]float64, features), post: make([][]posting, features)}
	for _, e := range examples {
		for _, f := range e.features {
			s.idf[f]++
		}
	}
	n := float64(len(examples) + 1)
	for f, df := range s.idf {
		s.idf[f] = math.Log(1 + n/(1+df))
	}
	s.unknown = math.Log(1+n) / 2
	for i, e := range examples {
		sum := 0.0
		for _, f := range e.features {
			w := s.idf[f]
			sum += w * w
			s.post[f] = append(s.post[f], posting{int32(i), w})
		}
		s.topic = append(s.topic, e.topic)
		s.norm = append(s.norm, math.Sqrt(sum))
	}
	return s
}

// nearest writes the highest similarity (0 to 1) of every topic to best; dots is scratch of one number per example.
func (s *search) nearest(features []int32, unknown int, dots, best []float64) {
	sum := float64(unknown) * s.unknown * s.unknown
	clear(dots)
	for _, f := range features {
		w := s.idf[f]
		sum += w * w
		for _, p := range s.post[f] {
			dots[p.example] += w * p.weight
		}
	}
	clear(best)
	if sum == 0 {
		return
	}
	q := math.Sqrt(sum)
	for i, d := range dots {
		if d == 0 {
			continue
		}
		if c := d / (q * s.norm[i]); c > best[s.topic[i]] {
			best[s.topic[i]] = c
		}
	}
}
