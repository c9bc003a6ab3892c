/* SPDX-License-Identifier: GPL-3.0-or-later */

/* People whose voices the user has had enrolled, with their consent.
 *
 * Kept is a name, the voice's embedding (256 numbers, from which no speech can be made), the words
 * of the consent and the date, and how much speech it comes from; never the speech itself. It stays
 * on this machine: hearsay/people.db under the user's data folder, private (database.h), where what
 * is removed is overwritten. One thread.
 *
 *   g_autoptr (AppPeople) people = app_people_new (NULL, &error);
 *   const AppPerson *person = app_people_find (people, embedding, seconds, &match);
 */

#pragma once

#include "app/engine/voiceprint.h"

G_BEGIN_DECLS

#define APP_CONSENT_MIN_CHARS 8
/* What an enrolment needs: so much speech in all, or of so many recordings, each of some speech. */
#define APP_ENROL_SECONDS 10.0
#define APP_ENROL_RECORDINGS 3
#define APP_ENROL_RECORDING_SECONDS 2.0

typedef struct {
  char *name;
  char *consent; /* its words */
  char *date;    /* of the consent: ISO 8601, UTC */
  double seconds;
  int n_recordings;
  float embedding[AUDIO_SPEAKER_DIM];
} AppPerson;

typedef struct _AppPeople AppPeople;

void app_person_free (AppPerson *person);
/* (transfer full): a person from recordings of that voice alone. APP_ERROR_ARGUMENT if name or
 * consent is none, if they hold too little speech, more than one voice, or voices of different
 * people. */
AppPerson *app_person_new (const char *name, const char *consent,
                           const AppVoiceprint *const *prints, guint n_prints, GError **error);

/* path: NULL for the user's own. APP_ERROR_DISK, _FORMAT, _BUSY. */
AppPeople *app_people_new (const char *path, GError **error);
/* (transfer full) (nullable): the user's own; NULL, and no file is made, where nobody was ever
 * enrolled, and where it cannot be read. */
AppPeople *app_people_new_if_any (void);
void app_people_free (AppPeople *people);

guint app_people_get_n (const AppPeople *people);
const AppPerson *app_people_get (const AppPeople *people, guint index); /* by name */
/* APP_ERROR_ARGUMENT: the name is taken; nobody is called so; the new name is none. */
gboolean app_people_add (AppPeople *people, const AppPerson *person, GError **error);
gboolean app_people_remove (AppPeople *people, const char *name, GError **error);
gboolean app_people_rename (AppPeople *people, const char *name, const char *to, GError **error);

/* Whose voice it is; NULL if it is above the threshold of nobody, or too short to say. seconds: of
 * speech that it is known from. match may be NULL; it is that of whoever comes nearest, and all
 * zero if nobody is enrolled. (transfer none). */
const AppPerson *app_people_find (const AppPeople *people, const float *embedding, double seconds,
                                  AppVoiceMatch *match);
/* Who each of n voices is, nobody twice: found[i] is a person or NULL. */
void app_people_find_all (const AppPeople *people, const float *embeddings, const double *seconds,
                          guint n, const AppPerson **found);
/* For whoever makes a Hearing, before others read it: speakers whose voice is somebody's get the
 * name, unless another speaker is called so. */
void app_people_name_speakers (const AppPeople *people, AppHearing *hearing);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppPerson, app_person_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppPeople, app_people_free)

G_END_DECLS
