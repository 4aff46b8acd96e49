/* digest_lanes_of - LANES digests at once. Included by digest_lanes.c for each width, with LANES, OF() (the
 * name of something in this width) and WIDE (allows the instructions). A vector holds one word of the state
 * of every lane, so that what RFC 7693 does with a word is done in all lanes; no step mixes lanes.
 */
typedef uint64_t OF(vector) __attribute__((vector_size(8 * LANES)));

struct OF(lanes) {
	OF(vector) h[8], done, final;
	struct lane lane[LANES];
};

static inline WIDE OF(vector) OF(turn)(OF(vector) x, int bits)
{
	return x >> bits | x << (64 - bits);
}

/* G of RFC 7693 on four words of the state. */
static inline WIDE void OF(mix)(
	OF(vector) * v, int a, int b, int c, int d, const OF(vector) * x, const OF(vector) * y)
{
	v[a] += v[b] + *x;
	v[d] = OF(turn)(v[d] ^ v[a], 32);
	v[c] += v[d];
	v[b] = OF(turn)(v[b] ^ v[c], 24);
	v[a] += v[b] + *y;
	v[d] = OF(turn)(v[d] ^ v[a], 16);
	v[c] += v[d];
	v[b] = OF(turn)(v[b] ^ v[c], 63);
}

/* Columns, then diagonals. */
static inline WIDE void OF(round)(OF(vector) * v, const OF(vector) * m, const uint8_t *s)
{
	OF(mix)(v, 0, 4, 8, 12, &m[s[0]], &m[s[1]]);
	OF(mix)(v, 1, 5, 9, 13, &m[s[2]], &m[s[3]]);
	OF(mix)(v, 2, 6, 10, 14, &m[s[4]], &m[s[5]]);
	OF(mix)(v, 3, 7, 11, 15, &m[s[6]], &m[s[7]]);
	OF(mix)(v, 0, 5, 10, 15, &m[s[8]], &m[s[9]]);
	OF(mix)(v, 1, 6, 11, 12, &m[s[10]], &m[s[11]]);
	OF(mix)(v, 2, 7, 8, 13, &m[s[12]], &m[s[13]]);
	OF(mix)(v, 3, 4, 9, 14, &m[s[14]], &m[s[15]]);
}

static WIDE void OF(compress)(struct OF(lanes) * l)
{
	OF(vector) v[16], m[16];
	for (int i = 0; i < LANES; i++)
		for (int w = 0; w < 16; w++)
			memcpy((uint64_t *)&m[w] + i, l->lane[i].block + 8 * w, 8);
	for (int i = 0; i < 8; i++) {
		v[i] = l->h[i];
		v[8 + i] = (OF(vector)){ 0 } + first[i];
	}
	v[12] ^= l->done;
	v[14] ^= l->final;
	for (int r = 0; r < 12; r++)
		OF(round)(v, m, order[r]);
	for (int i = 0; i < 8; i++)
		l->h[i] ^= v[i] ^ v[8 + i];
}

/* The lane takes a job, or rests where there is none. */
static WIDE bool OF(refill)(struct OF(lanes) * l, int lane, struct queue *q)
{
	for (int i = 0; i < 8; i++)
		l->h[i][lane] = first[i] ^ (i == 0 ? PARAMETERS : 0);
	l->done[lane] = l->final[lane] = 0;
	return lane_start(&l->lane[lane], queue_take(q));
}

static WIDE void OF(finish)(const struct OF(lanes) * l, int lane)
{
	for (int i = 0; i < DIGEST_BYTES / 8; i++)
		memcpy(l->lane[lane].job->digest->bytes + 8 * i, (const uint64_t *)&l->h[i] + lane, 8);
}

static WIDE void OF(run)(struct queue *q)
{
	struct OF(lanes) l;
	int busy = 0;
	for (int i = 0; i < LANES; i++)
		busy += OF(refill)(&l, i, q);
	while (busy) {
		for (int i = 0; i < LANES; i++) {
			l.done[i] += lane_step(&l.lane[i]);
			l.final[i] = l.lane[i].last ? UINT64_MAX : 0;
		}
		OF(compress)(&l);
		for (int i = 0; i < LANES; i++) {
			if (!l.lane[i].last)
				continue;
			OF(finish)(&l, i);
			busy -= !OF(refill)(&l, i, q);
		}
	}
}
