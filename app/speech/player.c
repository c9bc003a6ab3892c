/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The player and its thread share a Deck, under its lock. The thread fills the device a little
 * ahead of what is heard, so that a new place or speed is heard soon. */

#include "app/speech/player.h"

#include <math.h>

#include "audio/sound/playback.h"
#include "audio/sound/source.h"
#include "audio/sound/stretch.h"

#define AHEAD_S 0.25
#define BLOCK_S 0.05
#define WAIT_US 20000

typedef struct {
  gatomicrefcount n_refs;
  GMutex lock;
  GCond changed;
  char *path;
  GMainContext *context;
  /* What is wanted. */
  gboolean is_playing;
  gboolean is_closing;
  double speed;
  double seek; /* below 0: nowhere */
  double end;  /* where to pause; INFINITY: at the end of the file */
  /* What is so. */
  double position;
  gboolean is_at_end;
  char *error;
  GWeakRef player;
} Deck;

struct _AppPlayer {
  GObject parent_instance;
  Deck *deck;
  GThread *thread;
};

enum { SIGNAL_CHANGED, SIGNAL_FAILED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (AppPlayer, app_player, G_TYPE_OBJECT)

static Deck *
deck_ref (Deck *deck)
{
  g_atomic_ref_count_inc (&deck->n_refs);
  return deck;
}

static void
deck_unref (Deck *deck)
{
  if (!g_atomic_ref_count_dec (&deck->n_refs))
    return;
  g_weak_ref_clear (&deck->player);
  g_mutex_clear (&deck->lock);
  g_cond_clear (&deck->changed);
  g_main_context_unref (deck->context);
  g_free (deck->path);
  g_free (deck->error);
  g_free (deck);
}

static gboolean
tell_cb (gpointer user_data)
{
  Deck *deck = user_data;
  g_autoptr (AppPlayer) player = g_weak_ref_get (&deck->player);
  g_autofree char *error = NULL;

  g_mutex_lock (&deck->lock);
  error = g_steal_pointer (&deck->error);
  g_mutex_unlock (&deck->lock);
  if (player == NULL)
    return G_SOURCE_REMOVE;
  if (error != NULL)
    g_signal_emit (player, signals[SIGNAL_FAILED], 0, error);
  g_signal_emit (player, signals[SIGNAL_CHANGED], 0);
  return G_SOURCE_REMOVE;
}

/* From any thread, with or without the lock: signals will come. */
static void
tell (Deck *deck)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, tell_cb, deck_ref (deck), (GDestroyNotify) deck_unref);
  g_source_attach (source, deck->context);
}

/* What the thread has of its own. */
typedef struct {
  Deck *deck;
  AudioSource *source;
  AudioPlayback *playback;
  AudioStretch *stretch;
  GArray *ready;     /* stretched, not yet handed over */
  double read_s;     /* how far the file has been read */
  gboolean is_empty; /* of more to read */
} Thread;

static void
seek (Thread *thread, double seconds)
{
  audio_source_seek (thread->source, seconds);
  audio_playback_clear (thread->playback);
  audio_stretch_reset (thread->stretch);
  g_array_set_size (thread->ready, 0);
  thread->read_s = seconds;
  thread->is_empty = FALSE;
}

/* What is heard now: what was read, less all that still waits. */
static double
get_heard (Thread *thread, double speed)
{
  int rate = audio_source_get_rate (thread->source);
  double waiting =
      audio_playback_get_waiting (thread->playback) + (double) thread->ready->len / rate;

  return thread->read_s - (double) audio_stretch_get_held (thread->stretch) / rate
         - waiting * speed;
}

/* Reads a block where the device will soon have nothing left. */
static void
fill (Thread *thread, double speed)
{
  int rate = audio_source_get_rate (thread->source);
  size_t n_block = (size_t) MAX (rate * BLOCK_S, 64), n;
  g_autofree float *block = g_new (float, n_block);

  while (audio_playback_get_waiting (thread->playback) < AHEAD_S) {
    if (thread->ready->len == 0 && !thread->is_empty) {
      n = audio_source_read (thread->source, block, n_block);
      thread->is_empty = n == 0;
      thread->read_s += (double) n / rate;
      audio_stretch_run (thread->stretch, speed, block, n, thread->ready);
    }
    n = audio_playback_write (thread->playback, (const float *) (void *) thread->ready->data,
                              thread->ready->len);
    g_array_remove_range (thread->ready, 0, (guint) n);
    if (thread->is_empty && thread->ready->len == 0)
      audio_playback_end (thread->playback, NULL, NULL);
    if (n == 0 && (thread->is_empty || thread->ready->len > 0))
      break;
  }
}

/* With the lock: pauses at the end of the range or of the file. */
static void
check_end (Thread *thread)
{
  Deck *deck = thread->deck;
  gboolean is_done = thread->is_empty && thread->ready->len == 0
                     && audio_playback_get_waiting (thread->playback) <= 0;

  deck->position = MAX (get_heard (thread, deck->speed), 0);
  if (!is_done && deck->position < deck->end)
    return;
  deck->is_playing = FALSE;
  deck->is_at_end = is_done;
  if (isfinite (deck->end) && !is_done) {
    deck->position = deck->end;
    deck->seek = deck->end;
  }
  deck->end = INFINITY;
  tell (deck);
}

static gboolean
open_all (Thread *thread, GError **error)
{
  thread->source = audio_source_open (thread->deck->path, error);
  if (thread->source == NULL)
    return FALSE;
  thread->stretch = audio_stretch_new (audio_source_get_rate (thread->source));
  thread->ready = g_array_new (FALSE, FALSE, sizeof (float));
  thread->playback = audio_playback_start (NULL, audio_source_get_rate (thread->source), error);
  return thread->playback != NULL;
}

static void
close_all (Thread *thread)
{
  g_clear_pointer (&thread->playback, audio_playback_free);
  g_clear_pointer (&thread->stretch, audio_stretch_free);
  g_clear_pointer (&thread->source, audio_source_free);
  g_clear_pointer (&thread->ready, g_array_unref);
}

/* With the lock, which is left while the device is filled. FALSE: it cannot go on. */
static gboolean
play (Thread *thread)
{
  Deck *deck = thread->deck;
  double place = deck->seek, speed = deck->speed;
  gboolean has_failed;

  deck->seek = -1;
  g_mutex_unlock (&deck->lock);
  if (place >= 0)
    seek (thread, place);
  audio_playback_set_paused (thread->playback, FALSE);
  fill (thread, speed);
  has_failed = audio_playback_has_failed (thread->playback);
  g_mutex_lock (&deck->lock);
  if (deck->seek < 0)
    check_end (thread);
  g_cond_wait_until (&deck->changed, &deck->lock, g_get_monotonic_time () + WAIT_US);
  return !has_failed;
}

static void
fail (Deck *deck, const char *message)
{
  g_free (deck->error);
  deck->error = g_strdup (message);
  deck->is_playing = FALSE;
  tell (deck);
}

/* The device is open only while there is something to play. */
static gpointer
run (gpointer data)
{
  Thread thread = { .deck = data };
  Deck *deck = data;

  g_mutex_lock (&deck->lock);
  while (!deck->is_closing) {
    if (!deck->is_playing) {
      if (thread.playback != NULL) {
        deck->seek = deck->seek >= 0 ? deck->seek : deck->position;
        /* A device may take its time, for which nobody else waits. */
        g_mutex_unlock (&deck->lock);
        close_all (&thread);
        g_mutex_lock (&deck->lock);
        continue;
      }
      g_cond_wait (&deck->changed, &deck->lock);
      continue;
    }
    if (thread.playback == NULL) {
      g_autoptr (GError) error = NULL;
      gboolean is_open;
      g_mutex_unlock (&deck->lock);
      is_open = open_all (&thread, &error);
      g_mutex_lock (&deck->lock);
      if (!is_open) {
        close_all (&thread);
        fail (deck, error->message);
        continue;
      }
      /* It may have been paused meanwhile. */
      continue;
    }
    if (!play (&thread))
      fail (deck, "the loudspeaker went away");
  }
  g_mutex_unlock (&deck->lock);
  close_all (&thread);
  deck_unref (deck);
  return NULL;
}

static void
start (AppPlayer *self, double place, double end)
{
  Deck *deck = self->deck;

  g_mutex_lock (&deck->lock);
  if (place >= 0) {
    deck->seek = place;
    deck->position = place;
  } else if (deck->is_at_end) {
    deck->seek = 0;
  }
  deck->is_at_end = FALSE;
  deck->end = end;
  deck->is_playing = TRUE;
  g_cond_signal (&deck->changed);
  g_mutex_unlock (&deck->lock);
  if (self->thread == NULL)
    self->thread = g_thread_new ("player", run, deck_ref (deck));
  tell (deck);
}

void
app_player_play (AppPlayer *self)
{
  start (self, -1, INFINITY);
}

void
app_player_play_range (AppPlayer *self, double from, double end)
{
  start (self, MAX (from, 0), end > from ? end : INFINITY);
}

void
app_player_pause (AppPlayer *self)
{
  g_mutex_lock (&self->deck->lock);
  self->deck->is_playing = FALSE;
  g_cond_signal (&self->deck->changed);
  g_mutex_unlock (&self->deck->lock);
  tell (self->deck);
}

void
app_player_seek (AppPlayer *self, double seconds)
{
  g_mutex_lock (&self->deck->lock);
  self->deck->seek = MAX (seconds, 0);
  self->deck->position = self->deck->seek;
  self->deck->is_at_end = FALSE;
  self->deck->end = INFINITY;
  g_cond_signal (&self->deck->changed);
  g_mutex_unlock (&self->deck->lock);
}

void
app_player_set_speed (AppPlayer *self, double speed)
{
  g_mutex_lock (&self->deck->lock);
  self->deck->speed = CLAMP (speed, APP_PLAYER_MIN_SPEED, APP_PLAYER_MAX_SPEED);
  if (self->deck->seek < 0)
    self->deck->seek = self->deck->position;
  g_cond_signal (&self->deck->changed);
  g_mutex_unlock (&self->deck->lock);
}

gboolean
app_player_is_playing (AppPlayer *self)
{
  gboolean is_playing;

  g_mutex_lock (&self->deck->lock);
  is_playing = self->deck->is_playing;
  g_mutex_unlock (&self->deck->lock);
  return is_playing;
}

double
app_player_get_position (AppPlayer *self)
{
  double position;

  g_mutex_lock (&self->deck->lock);
  position = self->deck->position;
  g_mutex_unlock (&self->deck->lock);
  return position;
}

/* The thread is not waited for: closing a device may take a moment. */
static void
app_player_finalize (GObject *object)
{
  AppPlayer *self = APP_PLAYER (object);

  g_mutex_lock (&self->deck->lock);
  self->deck->is_closing = TRUE;
  g_cond_signal (&self->deck->changed);
  g_mutex_unlock (&self->deck->lock);
  g_clear_pointer (&self->thread, g_thread_unref);
  deck_unref (self->deck);
  G_OBJECT_CLASS (app_player_parent_class)->finalize (object);
}

static void
app_player_class_init (AppPlayerClass *class)
{
  G_OBJECT_CLASS (class)->finalize = app_player_finalize;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", APP_TYPE_PLAYER, G_SIGNAL_RUN_LAST, 0, NULL,
                                          NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_FAILED] = g_signal_new ("failed", APP_TYPE_PLAYER, G_SIGNAL_RUN_LAST, 0, NULL,
                                         NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
app_player_init (AppPlayer *self)
{
  Deck *deck = g_new0 (Deck, 1);

  g_atomic_ref_count_init (&deck->n_refs);
  g_mutex_init (&deck->lock);
  g_cond_init (&deck->changed);
  g_weak_ref_init (&deck->player, self);
  deck->context = g_main_context_ref_thread_default ();
  deck->speed = 1;
  deck->seek = -1;
  deck->end = INFINITY;
  self->deck = deck;
}

AppPlayer *
app_player_new (const char *path)
{
  AppPlayer *self = g_object_new (APP_TYPE_PLAYER, NULL);

  self->deck->path = g_strdup (path);
  return self;
}
