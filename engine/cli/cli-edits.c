/* cli-edits.c: "lathe-cli dataset SOURCE --edits FILE.json" changes what is decided about images.
 *
 * Only what makes a dataset is written down: when a change is refused the file stays as it is.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli-edits.h"

#include <glib/gi18n.h>
#include <string.h>

void
cli_edits_clear (CliEdits *wanted)
{
  g_free (wanted->path);
  g_strfreev (wanted->add);
  g_strfreev (wanted->remove);
  g_strfreev (wanted->exclude);
  g_strfreev (wanted->include);
  g_strfreev (wanted->relabel);
  g_strfreev (wanted->cures);
}

/* --- What was typed --- */

/**
 * cli_edits_describe:
 *
 * Returns: (transfer full): what can be cured, for the end of a help
 */
char *
cli_edits_describe (void)
{
  GString *text = g_string_new (_ ("Flaws that --cure takes; “all” stands for every one:"));

  for (guint flaw = 0; flaw < LATHE_N_FLAWS; flaw++)
    if (lathe_flaw_is_curable (flaw))
      g_string_append_printf (text, "\n  %-18s %s", lathe_flaw_get_name (flaw), lathe_flaw_get_title (flaw));
  g_string_append (text, _ ("\nOf duplicates, and of what is turned, the largest stays. With =join all of them stay, "
                            "together on one side of the split. Of one picture in two classes none stays. With =keep "
                            "what is found is all right as it is, and is neither named nor cured from now on; =again "
                            "takes that back."));
  return g_string_free (text, FALSE);
}

static gboolean
refuse_flaw (const char *text, GError **error)
{
  g_autoptr (GString) names = g_string_new ("all");

  for (guint flaw = 0; flaw < LATHE_N_FLAWS; flaw++)
    if (lathe_flaw_is_curable (flaw))
      g_string_append_printf (names, ", %s", lathe_flaw_get_name (flaw));
  return cli_refuse (error, _ ("--cure takes one of %s, not “%s”"), names->str, text);
}

/* What follows the flaw. name: (out) (transfer full): the flaw's */
static CliCure
read_way (const char *text, char **name)
{
  static const struct
  {
    const char *suffix;
    CliCure cure;
  } ways[] = {{"=join", CLI_CURE_JOIN}, {"=keep", CLI_CURE_KEEP}, {"=again", CLI_CURE_AGAIN}};

  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    if (g_str_has_suffix (text, ways[i].suffix))
      {
        *name = g_strndup (text, strlen (text) - strlen (ways[i].suffix));
        return ways[i].cure;
      }
  *name = g_strdup (text);
  return CLI_CURE_EXCLUDE;
}

static gboolean
read_cure (const char *text, CliCure cure[LATHE_N_FLAWS], GError **error)
{
  g_autofree char *name = NULL;
  CliCure way = read_way (text, &name);
  gboolean judged = way == CLI_CURE_KEEP || way == CLI_CURE_AGAIN, met = FALSE;
  gboolean all = way != CLI_CURE_JOIN && g_str_equal (name, "all");

  for (guint flaw = 0; flaw < LATHE_N_FLAWS; flaw++)
    {
      gboolean meant = g_str_equal (name, lathe_flaw_get_name (flaw));

      if (meant && way == CLI_CURE_JOIN && !lathe_flaw_is_joinable (flaw))
        return cli_refuse (error, _ ("--cure %s: there is nothing to keep together; give --cure %s"), text, name);
      if (!(meant || all) || !(judged || lathe_flaw_is_curable (flaw)))
        continue;
      cure[flaw] = way;
      met = TRUE;
    }
  return met || refuse_flaw (text, error);
}

/**
 * cli_edits_read:
 *
 * Errors: GOptionError.
 */
gboolean
cli_edits_read (CliEdits *wanted, GError **error)
{
  const char *alone = wanted->path != NULL      ? NULL
                      : wanted->exclude != NULL ? "exclude"
                      : wanted->include != NULL ? "include"
                      : wanted->relabel != NULL ? "relabel"
                      : wanted->add != NULL     ? "add"
                      : wanted->remove != NULL  ? "remove"
                      : wanted->cures != NULL   ? "cure"
                      : wanted->trash           ? "trash-excluded"
                                                : NULL;

  if (alone != NULL)
    return cli_refuse (error, _ ("--%s needs a file that keeps what is decided: give --edits FILE.json too"), alone);
  for (guint i = 0; wanted->cures != NULL && wanted->cures[i] != NULL; i++)
    if (!read_cure (wanted->cures[i], wanted->cure, error))
      return FALSE;
  return TRUE;
}

/* “NAME=CLASS”, where NAME may have equals signs of its own. class_name is NULL where there is none. */
static gboolean
read_pair (const char *option, const char *text, char **name, char **class_name, GError **error)
{
  const char *equals = strrchr (text, '=');
  gboolean ok = equals != NULL && equals > text && g_utf8_validate (equals + 1, -1, NULL);
  g_autofree char *shown = g_filename_display_name (text);

  if (!ok)
    return cli_refuse (error, _ ("%s takes a file, an equals sign and a class, not “%s”"), option, shown);
  *name = g_strndup (text, (gsize) (equals - text));
  *class_name = equals[1] != '\0' ? g_utf8_normalize (equals + 1, -1, G_NORMALIZE_NFC) : NULL;
  return TRUE;
}

/* --- Changes --- */

static gboolean
add_file (LatheEdits *edits, const char *text, GError **error)
{
  g_autofree char *name = NULL, *class_name = NULL, *path = NULL, *shown = NULL;

  if (!read_pair ("--add", text, &name, &class_name, error))
    return FALSE;
  path = g_canonicalize_filename (name, NULL);
  shown = g_filename_display_name (name);
  if (class_name == NULL)
    return cli_refuse (error, _ ("--add %s=: which class is it of?"), shown);
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO, _ ("“%s” cannot be added: there is no such file."), shown);
      return FALSE;
    }
  lathe_edits_add (edits, path, class_name);
  return TRUE;
}

static gboolean
change_added (const CliEdits *wanted, LatheEdits *edits, GError **error)
{
  for (guint i = 0; wanted->add != NULL && wanted->add[i] != NULL; i++)
    if (!add_file (edits, wanted->add[i], error))
      return FALSE;
  for (guint i = 0; wanted->remove != NULL && wanted->remove[i] != NULL; i++)
    {
      g_autofree char *path = g_canonicalize_filename (wanted->remove[i], NULL);

      lathe_edits_remove (edits, path);
    }
  return TRUE;
}

/* Names are of the images that there are, or were when they were edited. */
typedef struct
{
  LatheDataset *dataset;
  GHashTable *names; /* (element-type filename) */
  LatheEdits *edits;
} Changes;

static gboolean
is_name (const Changes *changes, const char *name)
{
  return g_hash_table_contains (changes->names, name) || lathe_edits_get_excluded (changes->edits, name) ||
         lathe_edits_get_label (changes->edits, name) != NULL;
}

/* Of an image that goes by its name below the source, or by its path, as the shell completes it. (transfer full) */
static char *
find_name (const Changes *changes, const char *typed, GError **error)
{
  g_autofree char *path = NULL, *shown = NULL, *source = NULL;
  LatheImage image = {0};

  if (is_name (changes, typed))
    return g_strdup (typed);
  image.path = path = g_canonicalize_filename (typed, NULL);
  if (is_name (changes, lathe_image_get_name (changes->dataset, &image)))
    return g_strdup (lathe_image_get_name (changes->dataset, &image));
  shown = g_filename_display_name (typed);
  source = g_filename_display_name (lathe_dataset_get_folder (changes->dataset));
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_DATA,
               _ ("“%s” is no image of “%s”. Give its path below that, such as “%s”."), shown, source,
               lathe_image_get_name (changes->dataset, lathe_dataset_get_image (changes->dataset, 0)));
  return NULL;
}

static gboolean
set_excluded (const Changes *changes, char **names, gboolean excluded, GError **error)
{
  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    {
      g_autofree char *name = find_name (changes, names[i], error);

      if (name == NULL)
        return FALSE;
      lathe_edits_set_excluded (changes->edits, name, excluded);
    }
  return TRUE;
}

static gboolean
set_labels (const Changes *changes, char **pairs, GError **error)
{
  for (guint i = 0; pairs != NULL && pairs[i] != NULL; i++)
    {
      g_autofree char *typed = NULL, *class_name = NULL, *name = NULL;

      if (!read_pair ("--relabel", pairs[i], &typed, &class_name, error) ||
          (name = find_name (changes, typed, error)) == NULL)
        return FALSE;
      lathe_edits_set_label (changes->edits, name, class_name);
    }
  return TRUE;
}

static gboolean
change_images (const CliEdits *wanted, LatheDataset *dataset, LatheEdits *edits, GError **error)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  const Changes changes = {dataset, names, edits};

  for (guint i = 0; i < lathe_dataset_get_n_images (dataset); i++)
    g_hash_table_add (names, (gpointer) lathe_image_get_name (dataset, lathe_dataset_get_image (dataset, i)));
  return set_excluded (&changes, wanted->exclude, TRUE, error) &&
         set_excluded (&changes, wanted->include, FALSE, error) && set_labels (&changes, wanted->relabel, error);
}

/* --- From the file, and into it --- */

static gboolean
has_changes (const CliEdits *wanted)
{
  return wanted->add != NULL || wanted->remove != NULL || wanted->exclude != NULL || wanted->include != NULL ||
         wanted->relabel != NULL;
}

/**
 * cli_edits_apply:
 * @dataset: (transfer full)
 *
 * With the edits of the file, which need not be there yet where something is to be changed, and with the changes, which
 * are saved.
 *
 * Returns: (transfer full) (nullable)
 */
LatheDataset *
cli_edits_apply (const CliEdits *wanted, LatheDataset *dataset, GError **error)
{
  g_autoptr (LatheDataset) scanned = dataset, added = NULL, edited = NULL;
  g_autoptr (LatheEdits) edits = NULL;
  gboolean begin = has_changes (wanted) || wanted->cures != NULL || wanted->begins;

  if (wanted->path == NULL)
    return g_steal_pointer (&scanned);
  edits = begin && !g_file_test (wanted->path, G_FILE_TEST_EXISTS) ? lathe_edits_new ()
                                                                   : lathe_edits_load (wanted->path, error);
  if (edits == NULL || !change_added (wanted, edits, error))
    return NULL;
  added = lathe_dataset_edit (scanned, edits, cli_interrupt (), error);
  if (added == NULL || !has_changes (wanted))
    return g_steal_pointer (&added);
  if (!change_images (wanted, added, edits, error))
    return NULL;
  edited = lathe_dataset_edit (added, edits, cli_interrupt (), error);
  return edited != NULL && lathe_edits_save (edits, wanted->path, error) ? g_steal_pointer (&edited) : NULL;
}

/* Returns: whether it was cured. What is kept is not. */
static gboolean
cure (CliCure way, const LatheFinding *finding, LatheDataset *dataset, LatheEdits *edits)
{
  gboolean kept = lathe_finding_is_kept (finding, dataset);

  if (way == CLI_CURE_KEEP || way == CLI_CURE_AGAIN)
    lathe_finding_keep (finding, dataset, edits, way == CLI_CURE_KEEP);
  else if (way == CLI_CURE_EXCLUDE && !kept)
    lathe_finding_cure (finding, dataset, edits);
  else if (way == CLI_CURE_JOIN && !kept)
    lathe_finding_join (finding, dataset, edits);
  return !kept && (way == CLI_CURE_EXCLUDE || (way == CLI_CURE_JOIN && lathe_finding_is_joinable (finding, dataset)));
}

/**
 * cli_edits_cure:
 * @dataset: in which the findings were found
 * @cured: (array length=findings->len) (out caller-allocates)
 *
 * Returns: (transfer full) (nullable): without what was found, where that is to be cured
 */
LatheDataset *
cli_edits_cure (const CliEdits *wanted, LatheDataset *dataset, const GPtrArray *findings, gboolean *cured,
                GError **error)
{
  g_autoptr (LatheEdits) edits = NULL;
  g_autoptr (LatheDataset) edited = NULL;

  if (wanted->cures == NULL)
    return lathe_dataset_ref (dataset);
  edits = lathe_edits_copy (lathe_dataset_get_edits (dataset));
  for (guint i = 0; i < findings->len; i++)
    {
      const LatheFinding *finding = findings->pdata[i];

      cured[i] = cure (wanted->cure[finding->flaw], finding, dataset, edits);
    }
  edited = lathe_dataset_edit (dataset, edits, cli_interrupt (), error);
  return edited != NULL && lathe_edits_save (edits, wanted->path, error) ? g_steal_pointer (&edited) : NULL;
}

/**
 * cli_edits_trash:
 *
 * Goes on after a file that cannot go into the trash; the error is of the first one.
 *
 * Returns: how many files are in the trash now
 */
guint
cli_edits_trash (const CliEdits *wanted, LatheDataset *dataset, GError **error)
{
  guint n = 0;

  for (guint i = 0; wanted->trash && i < lathe_dataset_get_n_excluded (dataset); i++)
    {
      g_autoptr (GError) reason = NULL;

      if (lathe_dataset_trash (dataset, lathe_dataset_get_excluded (dataset, i), &reason))
        n++;
      else if (error != NULL && *error == NULL)
        g_propagate_error (error, g_steal_pointer (&reason));
    }
  return n;
}
