"""What the oversight endpoints say beyond what both services share."""

from pydantic import BaseModel


class SubjectFoundOut(BaseModel):
    """Under which id a person stands."""

    subject_id: str
