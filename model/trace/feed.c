/* feed.c: a trace in batches, read by the caller's thread or by one of its own that runs ahead. */
#include <pagewalk/trace.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "diag.h"
#include "reader.h"

#define BATCH_RECORDS 8192u /* 128 KB: a batch is still in the caches when it is handed out */
#define BATCHES 4u          /* of them one is worked on, the others take up the unevenness of the two sides */

struct batch {
  struct pw_trace_record records[BATCH_RECORDS];
  size_t count; /* 0: the trace ends here, or fails */
  uint64_t bytes_done;
  uint64_t bytes_total;
  int status;
  struct pw_diag diag;
};

/* A ring. The reading side fills batches[filled_total % BATCHES], the other hands out batches[taken_total % BATCHES].
 */
struct pw_trace_feed {
  struct pw_trace_reader *reader;
  uint64_t left; /* records still wanted; the reading side's */
  bool ahead;
  pthread_t thread;
  pthread_mutex_t lock; /* of the rest */
  pthread_cond_t changed;
  uint64_t filled_total;
  uint64_t taken_total; /* batches the caller is done with */
  bool handed_out;      /* the caller is working on batch taken_total */
  bool quit;
  struct batch batches[BATCHES];
};

/* Returns false when nothing follows this batch. */
static bool fill(struct pw_trace_feed *feed, struct batch *batch) {
  size_t room = feed->left < BATCH_RECORDS ? (size_t)feed->left : BATCH_RECORDS;
  batch->count = 0;
  batch->status = room ? pw_trace_read(feed->reader, batch->records, room, &batch->count, &batch->diag) : 0;
  pw_trace_progress(feed->reader, &batch->bytes_done, &batch->bytes_total);
  feed->left -= batch->count;
  return batch->count != 0;
}

static void *read_ahead(void *context) {
  struct pw_trace_feed *feed = context;
  bool more = true;
  pthread_mutex_lock(&feed->lock);
  while (more) {
    while (feed->filled_total - feed->taken_total == BATCHES && !feed->quit) {
      pthread_cond_wait(&feed->changed, &feed->lock);
    }
    if (feed->quit) break;
    pthread_mutex_unlock(&feed->lock);
    more = fill(feed, &feed->batches[feed->filled_total % BATCHES]);
    pthread_mutex_lock(&feed->lock);
    feed->filled_total++;
    pthread_cond_signal(&feed->changed);
  }
  pthread_mutex_unlock(&feed->lock);
  return NULL;
}

int pw_trace_feed_create(struct pw_trace_reader *reader, struct pw_trace_feed_options options,
                         struct pw_trace_feed **feed) {
  struct pw_trace_feed *made = malloc(sizeof *made);
  *feed = made;
  if (!made) return -PW_ENOMEM;
  made->reader = reader;
  made->left = options.limit ? options.limit : UINT64_MAX;
  made->filled_total = made->taken_total = 0;
  made->handed_out = made->quit = false;
  pthread_mutex_init(&made->lock, NULL);
  pthread_cond_init(&made->changed, NULL);
  /* A host that gives no thread gets the same records without one. */
  made->ahead = options.ahead && pthread_create(&made->thread, NULL, read_ahead, made) == 0;
  return 0;
}

void pw_trace_feed_destroy(struct pw_trace_feed *feed) {
  if (!feed) return;
  if (feed->ahead) {
    pthread_mutex_lock(&feed->lock);
    feed->quit = true;
    pthread_cond_signal(&feed->changed);
    pthread_mutex_unlock(&feed->lock);
    pw_trace_cancel(feed->reader);
    pthread_join(feed->thread, NULL);
  }
  pthread_cond_destroy(&feed->changed);
  pthread_mutex_destroy(&feed->lock);
  free(feed);
}

/* The next batch of the ring: the one before it, if handed out, goes back to the reading side. */
static const struct batch *take_ahead(struct pw_trace_feed *feed) {
  pthread_mutex_lock(&feed->lock);
  if (feed->handed_out) {
    feed->taken_total++;
    pthread_cond_signal(&feed->changed);
  }
  while (feed->filled_total == feed->taken_total) pthread_cond_wait(&feed->changed, &feed->lock);
  const struct batch *batch = &feed->batches[feed->taken_total % BATCHES];
  feed->handed_out = batch->count != 0; /* the end and an error stay where they are, to be told again */
  pthread_mutex_unlock(&feed->lock);
  return batch;
}

int pw_trace_feed_next(struct pw_trace_feed *feed, struct pw_trace_batch *batch, struct pw_diag *diag) {
  const struct batch *next = &feed->batches[0];
  if (feed->ahead) {
    next = take_ahead(feed);
  } else {
    fill(feed, &feed->batches[0]);
  }
  *batch = (struct pw_trace_batch){next->records, next->count, next->bytes_done, next->bytes_total};
  if (next->status && diag) *diag = next->diag;
  return next->status;
}
