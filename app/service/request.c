/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/service/request.h"

#include <math.h>
#include <string.h>

#include "app/base/json-text.h"
#include "app/base/settings.h"
#include "llm/constraint/json-schema.h"

enum { MAX_TOKENS = 1000000, MAX_TURNS = 100000, MAX_RECORDINGS = 1000 };

typedef struct {
  AppRequest *request;
  AppRequestKind kind;
  GError **error;
} Reader;

/* path: of the value in the request. */
typedef gboolean (*ReadValue) (Reader *reader, JsonNode *value, const char *path);

typedef enum {
  TYPE_OWN,  /* `read` reads it */
  TYPE_TEXT, /* char * */
  TYPE_NAME, /* char *, with something in it */
  TYPE_PATH, /* char *, in the encoding of file names */
  TYPE_INT,
  TYPE_FLOAT,
  TYPE_DOUBLE,
  TYPE_NOT /* gboolean, the other way round */
} Type;

typedef struct {
  const char *name;
  int kinds;    /* of requests that may have it */
  int required; /* of requests that must */
  Type type;
  size_t offset; /* in AppRequest */
  double min, max;
  ReadValue read;
} Member;

static void
recording_free (gpointer data)
{
  AppRequestRecording *recording = data;

  g_free (recording->path);
  g_clear_pointer (&recording->hearing, app_hearing_unref);
  g_free (recording);
}

static void
turn_free (gpointer data)
{
  AppRequestTurn *turn = data;

  g_free (turn->text);
  g_ptr_array_unref (turn->recordings);
  g_free (turn);
}

void
app_request_free (AppRequest *request)
{
  if (request == NULL)
    return;
  char *const texts[] = { request->system, request->schema, request->model,    request->language,
                          request->text,   request->path,   request->voice,    request->subtitles,
                          request->accent, request->manner, request->sentence, request->id };

  g_ptr_array_unref (request->turns);
  g_ptr_array_unref (request->recordings);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (texts[i]);
  g_free (request);
}

static const char *
get_type_name (JsonNode *value)
{
  switch (json_node_get_node_type (value)) {
  case JSON_NODE_OBJECT:
    return "an object";
  case JSON_NODE_ARRAY:
    return "an array";
  case JSON_NODE_NULL:
    return "null";
  default:
    return json_node_get_value_type (value) == G_TYPE_STRING    ? "a text"
           : json_node_get_value_type (value) == G_TYPE_BOOLEAN ? "true or false"
                                                                : "a number";
  }
}

static gboolean refuse (Reader *reader, const char *path, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

static gboolean
refuse (Reader *reader, const char *path, const char *format, ...)
{
  g_autofree char *problem = NULL;
  va_list arguments;

  va_start (arguments, format);
  problem = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (reader->error, APP_ERROR, APP_ERROR_FORMAT, "%s: %s", path, problem);
  return FALSE;
}

static gboolean
refuse_type (Reader *reader, const char *path, const char *expected, JsonNode *value)
{
  return refuse (reader, path, "%s is expected, not %s", expected, get_type_name (value));
}

static gboolean
read_text (Reader *reader, JsonNode *value, const char *path, char **text)
{
  if (!JSON_NODE_HOLDS_VALUE (value) || json_node_get_value_type (value) != G_TYPE_STRING)
    return refuse_type (reader, path, "a text", value);
  const char *found = json_node_get_string (value);
  /* An escape may stand for half a character. */
  if (!g_utf8_validate (found, -1, NULL))
    return refuse (reader, path, "the text is not valid Unicode");
  g_free (*text);
  *text = g_strdup (found);
  return TRUE;
}

/* A text that has something in it. */
static gboolean
read_name (Reader *reader, JsonNode *value, const char *path, char **text)
{
  if (!read_text (reader, value, path, text))
    return FALSE;
  return **text != '\0' || refuse (reader, path, "it is empty");
}

/* A path, or the address of a file: names that are not UTF-8 have no other way. */
static gboolean
read_path (Reader *reader, JsonNode *value, const char *path, char **file)
{
  g_autofree char *text = NULL;

  if (!read_name (reader, value, path, &text))
    return FALSE;
  g_free (*file);
  *file = g_str_has_prefix (text, "file://") ? g_filename_from_uri (text, NULL, NULL)
                                             : g_steal_pointer (&text);
  return *file != NULL || refuse (reader, path, "the address of a file that cannot be");
}

static gboolean
read_bool (Reader *reader, JsonNode *value, const char *path, gboolean *result)
{
  if (!JSON_NODE_HOLDS_VALUE (value) || json_node_get_value_type (value) != G_TYPE_BOOLEAN)
    return refuse_type (reader, path, "true or false", value);
  *result = json_node_get_boolean (value);
  return TRUE;
}

static gboolean
read_number (Reader *reader, JsonNode *value, const char *path, double min, double max,
             double *result)
{
  GType type = JSON_NODE_HOLDS_VALUE (value) ? json_node_get_value_type (value) : G_TYPE_NONE;

  if (type != G_TYPE_DOUBLE && type != G_TYPE_INT64)
    return refuse_type (reader, path, "a number", value);
  *result = json_node_get_double (value);
  if (isfinite (*result) && *result >= min && *result <= max)
    return TRUE;
  return refuse (reader, path, "a number between %.15g and %.15g is expected, not %.15g", min, max,
                 *result);
}

static gboolean
read_int (Reader *reader, JsonNode *value, const char *path, double min, double max, int *result)
{
  double number;

  if (!read_number (reader, value, path, min, max, &number))
    return FALSE;
  *result = (int) number;
  return number == *result
         || refuse (reader, path, "a whole number is expected, not %.15g", number);
}

/* A double would lose bits of a large one. */
static gboolean
read_seed (Reader *reader, JsonNode *value, const char *path)
{
  gint64 seed = json_node_get_value_type (value) == G_TYPE_INT64 ? json_node_get_int (value) : -1;

  reader->request->sampling.seed = (uint64_t) seed;
  return seed >= 0 || refuse (reader, path, "a whole number from 0 is expected");
}

static gboolean read_members (Reader *reader, JsonNode *value, const char *path,
                              const Member *members);

/* Calls for each element; path[i] is its name. */
static gboolean
read_array (Reader *reader, JsonNode *value, const char *path, guint max,
            gboolean (*read) (Reader *reader, JsonNode *value, const char *path, gpointer data),
            gpointer data)
{
  JsonArray *array;

  if (!JSON_NODE_HOLDS_ARRAY (value))
    return refuse_type (reader, path, "an array", value);
  array = json_node_get_array (value);
  if (json_array_get_length (array) > max)
    return refuse (reader, path, "more than %u", max);
  for (guint i = 0; i < json_array_get_length (array); i++) {
    g_autofree char *element = g_strdup_printf ("%s[%u]", path, i);

    if (!read (reader, json_array_get_element (array, i), element, data))
      return FALSE;
  }
  return TRUE;
}

/* An object's members of one name each; absent ones are NULL. FALSE for members of other names. */
static gboolean
pick_members (Reader *reader, JsonNode *value, const char *path, const char *const *names,
              JsonNode **found)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *member;

  if (!JSON_NODE_HOLDS_OBJECT (value))
    return refuse_type (reader, path, "an object", value);
  for (int i = 0; names[i] != NULL; i++)
    found[i] = NULL;
  json_object_iter_init (&iter, json_node_get_object (value));
  while (json_object_iter_next (&iter, &name, &member)) {
    int i = 0;

    while (names[i] != NULL && !g_str_equal (names[i], name))
      i++;
    if (names[i] == NULL)
      return refuse (reader, path, "there is no member “%s”", name);
    if (!JSON_NODE_HOLDS_NULL (member))
      found[i] = member;
  }
  return TRUE;
}

/* data: the array that it is added to. */
static gboolean
read_recording (Reader *reader, JsonNode *value, const char *path, gpointer data)
{
  static const char *const names[] = { "file", "hearing", NULL };
  AppRequestRecording *recording = g_new0 (AppRequestRecording, 1);
  g_autofree char *file_path = g_strconcat (path, ".file", NULL);
  JsonNode *found[2];

  g_ptr_array_add (data, recording);
  if (!JSON_NODE_HOLDS_OBJECT (value))
    return read_path (reader, value, path, &recording->path);
  if (!pick_members (reader, value, path, names, found))
    return FALSE;
  if (found[0] == NULL)
    return refuse (reader, path, "“file” is missing");
  if (!read_path (reader, found[0], file_path, &recording->path))
    return FALSE;
  if (found[1] == NULL)
    return TRUE;
  recording->hearing = app_hearing_new_from_json (recording->path, found[1], reader->error);
  if (recording->hearing == NULL)
    g_prefix_error (reader->error, "%s.hearing: ", path);
  return recording->hearing != NULL;
}

static AppRequestTurn *
add_turn (AppRequest *request, gboolean is_user)
{
  AppRequestTurn *turn = g_new0 (AppRequestTurn, 1);

  turn->is_user = is_user;
  turn->recordings = g_ptr_array_new_with_free_func (recording_free);
  g_ptr_array_add (request->turns, turn);
  return turn;
}

static gboolean
read_message (Reader *reader, JsonNode *value, const char *path, gpointer data)
{
  static const char *const names[] = { "role", "text", "recordings", NULL };
  g_autofree char *role = NULL;
  g_autofree char *role_path = g_strconcat (path, ".role", NULL);
  g_autofree char *text_path = g_strconcat (path, ".text", NULL);
  g_autofree char *recordings_path = g_strconcat (path, ".recordings", NULL);
  JsonNode *found[3];
  AppRequestTurn *turn;

  if (!pick_members (reader, value, path, names, found))
    return FALSE;
  if (found[0] == NULL || found[1] == NULL)
    return refuse (reader, path, "“%s” is missing", found[0] == NULL ? "role" : "text");
  if (!read_text (reader, found[0], role_path, &role))
    return FALSE;
  if (!g_str_equal (role, "user") && !g_str_equal (role, "assistant"))
    return refuse (reader, role_path, "“user” or “assistant” is expected");
  turn = add_turn (reader->request, g_str_equal (role, "user"));
  if (!read_text (reader, found[1], text_path, &turn->text))
    return FALSE;
  if (found[2] == NULL)
    return TRUE;
  if (!turn->is_user)
    return refuse (reader, recordings_path, "only the user's messages have recordings");
  return read_array (reader, found[2], recordings_path, MAX_RECORDINGS, read_recording,
                     turn->recordings);
}

static gboolean
read_messages (Reader *reader, JsonNode *value, const char *path)
{
  const GPtrArray *turns = reader->request->turns;
  const AppRequestTurn *last;

  if (!read_array (reader, value, path, MAX_TURNS, read_message, NULL))
    return FALSE;
  last = turns->len > 0 ? g_ptr_array_index (turns, turns->len - 1) : NULL;
  if (last == NULL || !last->is_user)
    return refuse (reader, path, "the last message must be the user's");
  return last->text[0] != '\0' || refuse (reader, path, "the last message is empty");
}

static gboolean
read_past_turn (Reader *reader, JsonNode *value, const char *path, gpointer data)
{
  static const char *const names[] = { "question", "answer", NULL };
  JsonNode *found[2];

  if (!pick_members (reader, value, path, names, found))
    return FALSE;
  for (int i = 0; i < 2; i++) {
    g_autofree char *member = g_strconcat (path, ".", names[i], NULL);

    if (found[i] == NULL)
      return refuse (reader, path, "“%s” is missing", names[i]);
    if (!read_text (reader, found[i], member, &add_turn (reader->request, i == 0)->text))
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_turns (Reader *reader, JsonNode *value, const char *path)
{
  return read_array (reader, value, path, MAX_TURNS / 2, read_past_turn, NULL);
}

static gboolean
read_recordings (Reader *reader, JsonNode *value, const char *path)
{
  if (!read_array (reader, value, path, MAX_RECORDINGS, read_recording,
                   reader->request->recordings))
    return FALSE;
  return reader->request->recordings->len > 0 || refuse (reader, path, "there is none");
}

static gboolean
read_file (Reader *reader, JsonNode *value, const char *path)
{
  return read_recording (reader, value, path, reader->request->recordings);
}

static gboolean
read_schema (Reader *reader, JsonNode *value, const char *path)
{
  g_autoptr (LlmGrammar) grammar = NULL;
  g_autoptr (GError) problem = NULL;

  g_free (reader->request->schema);
  reader->request->schema = json_to_string (value, FALSE);
  grammar = llm_json_schema_read (reader->request->schema, -1, &problem);
  return grammar != NULL || refuse (reader, path, "%s", problem->message);
}

static gboolean
read_check (Reader *reader, JsonNode *value, const char *path)
{
  gboolean is_wanted = FALSE;

  if (!read_bool (reader, value, path, &is_wanted))
    return FALSE;
  reader->request->check = is_wanted ? APP_CHECK_ALWAYS : APP_CHECK_NEVER;
  return TRUE;
}

#define AT(type, member) type, offsetof (AppRequest, member)
#define ALL ~0

static gboolean
read_sampling (Reader *reader, JsonNode *value, const char *path)
{
  static const Member members[] = {
    { "temperature", ALL, 0, AT (TYPE_FLOAT, sampling.temperature), 0, 5, NULL },
    { "top_k", ALL, 0, AT (TYPE_INT, sampling.top_k), 0, G_MAXINT, NULL },
    { "top_p", ALL, 0, AT (TYPE_FLOAT, sampling.top_p), 0, 1, NULL },
    { "min_p", ALL, 0, AT (TYPE_FLOAT, sampling.min_p), 0, 1, NULL },
    { "repeat_penalty", ALL, 0, AT (TYPE_FLOAT, sampling.repeat_penalty), 0, 10, NULL },
    { "repeat_window", ALL, 0, AT (TYPE_INT, sampling.repeat_window), 0, 4096, NULL },
    { "seed", ALL, 0, TYPE_OWN, 0, 0, 0, read_seed },
    { NULL },
  };

  return read_members (reader, value, path, members);
}

static gboolean
read_listen (Reader *reader, JsonNode *value, const char *path)
{
  static const Member members[] = {
    { "language", ALL, 0, AT (TYPE_NAME, language), 0, 0, NULL },
    { "speakers", ALL, 0, AT (TYPE_INT, listen.n_speakers), 1, APP_HEARING_MAX_SPEAKERS, NULL },
    { "tell_speakers", ALL, 0, AT (TYPE_NOT, listen.no_speakers), 0, 0, NULL },
    { "attributes", ALL, 0, AT (TYPE_NOT, listen.no_attributes), 0, 0, NULL },
    { NULL },
  };

  if (!read_members (reader, value, path, members))
    return FALSE;
  reader->request->listen.transcribe.language = reader->request->language;
  return TRUE;
}

static gboolean
read_member (Reader *reader, const Member *member, JsonNode *value, const char *path)
{
  gpointer place = (char *) reader->request + member->offset;
  double number = 0;

  switch (member->type) {
  case TYPE_OWN:
    return member->read (reader, value, path);
  case TYPE_TEXT:
    return read_text (reader, value, path, place);
  case TYPE_NAME:
    return read_name (reader, value, path, place);
  case TYPE_PATH:
    return read_path (reader, value, path, place);
  case TYPE_INT:
    return read_int (reader, value, path, member->min, member->max, place);
  case TYPE_NOT:
    if (!read_bool (reader, value, path, place))
      return FALSE;
    *(gboolean *) place = !*(gboolean *) place;
    return TRUE;
  default:
    if (!read_number (reader, value, path, member->min, member->max, &number))
      return FALSE;
    if (member->type == TYPE_FLOAT)
      *(float *) place = (float) number;
    else
      *(double *) place = number;
    return TRUE;
  }
}

static const Member *
find_member (const Reader *reader, const Member *members, const char *name)
{
  for (const Member *member = members; member->name != NULL; member++)
    if ((member->kinds & (int) reader->kind) != 0 && g_str_equal (member->name, name))
      return member;
  return NULL;
}

static gboolean
read_members (Reader *reader, JsonNode *value, const char *path, const Member *members)
{
  JsonObject *object;
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  if (!JSON_NODE_HOLDS_OBJECT (value))
    return refuse_type (reader, path[0] != '\0' ? path : "request", "an object", value);
  object = json_node_get_object (value);
  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, &name, &node)) {
    const Member *member = find_member (reader, members, name);
    g_autofree char *where = g_strdup_printf ("%s%s%s", path, path[0] != '\0' ? "." : "", name);

    if (member == NULL)
      return refuse (reader, path[0] != '\0' ? path : "request", "there is no member “%s”", name);
    if (!JSON_NODE_HOLDS_NULL (node) && !read_member (reader, member, node, where))
      return FALSE;
  }
  for (const Member *member = members; member->name != NULL; member++)
    if ((member->required & (int) reader->kind) != 0
        && (!json_object_has_member (object, member->name)
            || json_object_get_null_member (object, member->name)))
      return refuse (reader, "request", "“%s” is missing", member->name);
  return TRUE;
}

enum {
  LISTEN = APP_REQUEST_LISTEN,
  CHAT = APP_REQUEST_CHAT,
  ASK = APP_REQUEST_ASK,
  TALK = CHAT | ASK,
  SAY = APP_REQUEST_SAY,
  NARRATE = APP_REQUEST_NARRATE,
  SPEAK = SAY | NARRATE,
  MODEL = APP_REQUEST_MODEL,
  VOICE = APP_REQUEST_VOICE
};

static const Member request_members[] = {
  { "messages", CHAT, CHAT, TYPE_OWN, 0, 0, 0, read_messages },
  { "turns", ASK, 0, TYPE_OWN, 0, 0, 0, read_turns },
  { "recordings", ASK, ASK, TYPE_OWN, 0, 0, 0, read_recordings },
  { "question", ASK, ASK, AT (TYPE_NAME, text), 0, 0, NULL },
  { "system", TALK, 0, AT (TYPE_TEXT, system), 0, 0, NULL },
  { "sampling", TALK, 0, TYPE_OWN, 0, 0, 0, read_sampling },
  { "max_tokens", TALK, 0, AT (TYPE_INT, max_tokens), 1, MAX_TOKENS, NULL },
  { "thinking", TALK, 0, AT (TYPE_INT, thinking), 0, MAX_TOKENS, NULL },
  { "evidence", TALK, 0, AT (TYPE_NOT, no_evidence), 0, 0, NULL },
  { "schema", TALK, 0, TYPE_OWN, 0, 0, 0, read_schema },
  { "model", TALK, 0, AT (TYPE_NAME, model), 0, 0, NULL },
  { "file", LISTEN, LISTEN, TYPE_OWN, 0, 0, 0, read_file },
  { "file", SPEAK, SPEAK, AT (TYPE_PATH, path), 0, 0, NULL },
  { "listen", LISTEN | TALK, 0, TYPE_OWN, 0, 0, 0, read_listen },
  { "text", SAY, SAY, AT (TYPE_NAME, text), 0, 0, NULL },
  { "script", NARRATE, NARRATE, AT (TYPE_NAME, text), 0, 0, NULL },
  { "markdown", NARRATE, 0, AT (TYPE_NOT, is_plain), 0, 0, NULL },
  { "check", NARRATE, 0, TYPE_OWN, 0, 0, 0, read_check },
  { "subtitles", NARRATE, 0, AT (TYPE_PATH, subtitles), 0, 0, NULL },
  { "retake", NARRATE, 0, AT (TYPE_INT, retake), 1, G_MAXINT, NULL },
  { "choose", NARRATE, 0, AT (TYPE_INT, choose), 1, G_MAXINT, NULL },
  { "take", NARRATE, 0, AT (TYPE_INT, chosen), 0, G_MAXINT, NULL },
  { "voice", SPEAK, 0, AT (TYPE_NAME, voice), 0, 0, NULL },
  { "accent", SPEAK, 0, AT (TYPE_NAME, accent), 0, 0, NULL },
  { "manner", SAY, 0, AT (TYPE_NAME, manner), 0, 0, NULL },
  { "speed", SPEAK, 0, AT (TYPE_DOUBLE, speed), 0.5, 2, NULL },
  { "id", MODEL | APP_REQUEST_DEFAULT, MODEL, AT (TYPE_NAME, id), 0, 0, NULL },
  { "source", APP_REQUEST_ADD, APP_REQUEST_ADD, AT (TYPE_NAME, id), 0, 0, NULL },
  { "name", VOICE, VOICE, AT (TYPE_NAME, voice), 0, 0, NULL },
  { "files", VOICE, 0, TYPE_OWN, 0, 0, 0, read_recordings },
  { "read", VOICE, 0, AT (TYPE_NAME, sentence), 0, 0, NULL },
  { "attest", VOICE, VOICE, AT (TYPE_NAME, text), 0, 0, NULL },
  { NULL },
};

/* The recordings of a question stand before the first that was asked. */
static void
complete_ask (AppRequest *request)
{
  AppRequestTurn *first;

  add_turn (request, TRUE)->text = g_steal_pointer (&request->text);
  first = g_ptr_array_index (request->turns, 0);
  g_ptr_array_unref (first->recordings);
  first->recordings = g_steal_pointer (&request->recordings);
  request->recordings = g_ptr_array_new_with_free_func (recording_free);
}

AppRequest *
app_request_parse (AppRequestKind kind, const char *text, gssize length, GError **error)
{
  gsize n = length < 0 ? strlen (text) : (gsize) length;
  GError *problem = NULL;
  Reader reader = { NULL, kind, &problem };

  if (n > APP_REQUEST_MAX_BYTES) {
    g_set_error (error, APP_ERROR, APP_ERROR_FORMAT,
                 "a request of %" G_GSIZE_FORMAT " bytes; at most %d are read", n,
                 APP_REQUEST_MAX_BYTES);
    return NULL;
  }
  g_autoptr (JsonNode) root = app_json_parse (text, (gssize) n, error);
  if (root == NULL)
    return NULL;
  g_autoptr (AppRequest) request = g_new0 (AppRequest, 1);
  request->turns = g_ptr_array_new_with_free_func (turn_free);
  request->recordings = g_ptr_array_new_with_free_func (recording_free);
  request->listen.no_attributes = !app_settings_get (APP_SETTING_ATTRIBUTES);
  request->listen.no_speakers = !app_settings_get (APP_SETTING_SPEAKERS);
  reader.request = request;
  if (!read_members (&reader, root, "", request_members)) {
    /* Names of members may be anything, and stand in messages. */
    char *message = g_utf8_make_valid (problem->message, -1);
    g_free (problem->message);
    problem->message = message;
    g_propagate_error (error, problem);
    return NULL;
  }
  if (kind == APP_REQUEST_ASK)
    complete_ask (request);
  return g_steal_pointer (&request);
}
